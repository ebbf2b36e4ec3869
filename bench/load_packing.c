#include "load_packing.h"

#include "load_bytes.h"
#include "load_fail.h"

#include <stdlib.h>
#include <zlib.h>

struct packing {
  z_stream packer, unpacker;
};

enum { STEP = 16384, LONGEST = 1 << 26 };

/* What ends a flush, and is not sent: an empty block without its head. */
static const char tail[4] = {0, 0, (char)0xff, (char)0xff};

struct packing *packing_new(void) {
  struct packing *packing = calloc(1, sizeof *packing);
  if (!packing ||
      deflateInit2(&packing->packer, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                   -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
      inflateInit2(&packing->unpacker, -MAX_WBITS) != Z_OK) {
    fail("zlib does not start");
  }
  return packing;
}

void packing_deflate(struct packing *packing, const char *bytes, size_t size,
                     struct bytes *out) {
  z_stream *packer = &packing->packer;
  deflateReset(packer);
  packer->next_in = (Bytef *)bytes;
  packer->avail_in = (uInt)size;
  do {
    packer->next_out = (Bytef *)bytes_reserve(out, STEP);
    packer->avail_out = STEP;
    if (deflate(packer, Z_SYNC_FLUSH) == Z_STREAM_ERROR) {
      fail("zlib does not compress");
    }
    out->size += STEP - packer->avail_out;
  } while (packer->avail_out == 0);
  out->size -= sizeof tail;
}

static void inflate_all(z_stream *unpacker, const char *bytes, size_t size,
                        struct bytes *out) {
  unpacker->next_in = (Bytef *)bytes;
  unpacker->avail_in = (uInt)size;
  do {
    unpacker->next_out = (Bytef *)bytes_reserve(out, STEP);
    unpacker->avail_out = STEP;
    int status = inflate(unpacker, Z_SYNC_FLUSH);
    if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END) {
      fail("the server sent a message that does not inflate: %s",
           unpacker->msg ? unpacker->msg : "no reason given");
    }
    out->size += STEP - unpacker->avail_out;
    if (out->size > LONGEST) fail("the server sent a message without end");
  } while (unpacker->avail_out == 0);
}

void packing_inflate(struct packing *packing, const char *bytes, size_t size,
                     struct bytes *out) {
  inflateReset(&packing->unpacker);
  inflate_all(&packing->unpacker, bytes, size, out);
  inflate_all(&packing->unpacker, tail, sizeof tail, out);
}

void packing_free(struct packing *packing) {
  if (!packing) return;
  deflateEnd(&packing->packer);
  inflateEnd(&packing->unpacker);
  free(packing);
}

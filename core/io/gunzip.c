#include "io/gunzip.h"

#include <limits.h>

enum { ROOM = 16 * 1024, GZIP_ONLY = 16 /* added to the bits of the window */ };

static bool begin_inflate(struct gunzip *gunzip) {
  if (!gunzip->is_open)
    gunzip->is_open =
        inflateInit2(&gunzip->stream, MAX_WBITS + GZIP_ONLY) == Z_OK;
  return gunzip->is_open;
}

/* One call of inflate(). Several streams may follow each other (section
   2.2). */
static bool inflate_once(struct gunzip *gunzip, struct buffer *out) {
  z_stream *stream = &gunzip->stream;
  stream->next_out = (Bytef *)buffer_reserve(out, ROOM);
  stream->avail_out = ROOM;
  if (!stream->next_out) return false;
  int result = inflate(stream, Z_NO_FLUSH);
  out->size += ROOM - stream->avail_out;
  gunzip->is_whole = result == Z_STREAM_END;
  if (gunzip->is_whole) return inflateReset(stream) == Z_OK;
  return result == Z_OK || result == Z_BUF_ERROR;
}

enum gunzipped gunzip_feed(struct gunzip *gunzip, const char *bytes,
                           size_t size, struct buffer *out, uint64_t most) {
  z_stream *stream = &gunzip->stream;
  if (size > UINT_MAX || !begin_inflate(gunzip)) return GUNZIPPED_BROKEN;
  stream->next_in = (Bytef *)bytes;
  stream->avail_in = (uInt)size;
  do {
    if (!inflate_once(gunzip, out)) return GUNZIPPED_BROKEN;
    if (out->size > most) return GUNZIPPED_TOO_LARGE;
  } while (stream->avail_in > 0 ||
           (stream->avail_out == 0 && !gunzip->is_whole));
  return GUNZIPPED;
}

void gunzip_close(struct gunzip *gunzip) {
  if (gunzip->is_open) inflateEnd(&gunzip->stream);
  *gunzip = (struct gunzip){0};
}

#ifndef BASE_GUNZIP_H
#define BASE_GUNZIP_H

/*
** A gzip stream (RFC 1952) that comes piece by piece. libcurl 7.88 itself takes
** half a stream for a whole answer, and refuses two that follow each other
** (spec/wire/client/client_spec.lua, "packed and cut", "packed in two parts").
*/
#include "lib/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

struct gunzip {
  z_stream stream;
  bool is_open;
  bool is_whole; /* read-only: the last piece ended the stream */
};

enum gunzipped {
  GUNZIPPED,
  GUNZIPPED_TOO_LARGE, /* there would be more than `most` bytes in `out` */
  GUNZIPPED_BROKEN     /* that is no gzip, or memory ran out */
};

/* Takes a piece; what it says is added to `out`. An all-zero struct begins. */
enum gunzipped gunzip_feed(struct gunzip *gunzip, const char *bytes,
                           size_t size, struct buffer *out, uint64_t most);

/* Gives its memory back, and leaves it all zero. */
void gunzip_close(struct gunzip *gunzip);

#endif

#ifndef BASE_GUNZIP_H
#define BASE_GUNZIP_H

/*
** Unpacks a gzip stream (RFC 1952) piece by piece. Unlike libcurl it tells a
** stream that was cut off from a whole one.
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
  GUNZIPPED_TOO_LARGE, /* `out` has more than `most` bytes */
  GUNZIPPED_BROKEN     /* not gzip, or memory ran out */
};

/* Unpacks a piece and appends the result to `out`. The struct begins all
   zero. */
enum gunzipped gunzip_feed(struct gunzip *gunzip, const char *bytes,
                           size_t size, struct buffer *out, uint64_t most);

/* Frees its memory and leaves it all zero. */
void gunzip_close(struct gunzip *gunzip);

#endif

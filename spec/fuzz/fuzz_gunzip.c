/*
** Answers of other servers in gzip: however they come in pieces they are the
** same, or refused.
*/
#include "fuzz.h"

#include "io/gunzip.h"

enum { MOST = 100000 };

static bool gunzip(const char *bytes, size_t size, size_t piece,
                   struct buffer *out) {
  struct gunzip gunzip = {0};
  enum gunzipped result = GUNZIPPED;
  for (size_t at = 0; at < size && result == GUNZIPPED; at += piece) {
    size_t left = size - at < piece ? size - at : piece;
    char *copy = copy_exactly(bytes + at, left);
    result = gunzip_feed(&gunzip, copy, left, out, MOST);
    free(copy);
  }
  bool is_whole = result == GUNZIPPED && gunzip.is_whole;
  MUST(!is_whole || out->size <= MOST);
  gunzip_close(&gunzip);
  return is_whole;
}

/* A byte chooses the size of the pieces; the rest is the answer. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  size_t piece = input_take(&input) + 1;
  struct buffer whole = {0};
  struct buffer pieces = {0};
  bool is_whole = gunzip(input.bytes, input.size, input.size + 1, &whole);
  MUST(gunzip(input.bytes, input.size, piece, &pieces) == is_whole);
  if (is_whole) {
    MUST(whole.size == pieces.size);
    MUST(whole.size == 0 || memcmp(whole.bytes, pieces.bytes, whole.size) == 0);
  }
  buffer_free(&whole);
  buffer_free(&pieces);
  return 0;
}

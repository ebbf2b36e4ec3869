#ifndef BASE_FUZZ_H
#define BASE_FUZZ_H

/*
** What a fuzz target needs. Each spec/fuzz/fuzz_*.c is one program: libFuzzer
** calls it with bytes that it has thought of, and it ends itself where
** something does not hold that must.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What has to hold for every input. */
#define MUST(condition)                                                        \
  ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))

static inline void fuzz_fail(const char *file, int line, const char *what) {
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  abort();
}

struct input {
  const char *bytes;
  size_t size;
};

/* The bytes, as a target that takes choices off their front wants them. */
static inline struct input input_of(const uint8_t *bytes, size_t size) {
  return (struct input){(const char *)bytes, size};
}

/* Takes a choice; 0 when nothing is left. */
static inline unsigned input_take(struct input *input) {
  if (input->size == 0) return 0;
  input->size--;
  return (unsigned char)*input->bytes++;
}

/* Takes a line, without its end. */
static inline struct input input_take_line(struct input *input) {
  const char *end =
      input->size > 0 ? memchr(input->bytes, '\n', input->size) : NULL;
  size_t size = end ? (size_t)(end - input->bytes) : input->size;
  struct input line = {input->bytes, size};
  input->bytes += end ? size + 1 : size;
  input->size -= end ? size + 1 : size;
  return line;
}

/* A copy of exactly these bytes, so that reading past them is seen. */
static inline char *copy_exactly(const char *bytes, size_t size) {
  char *copy = malloc(size > 0 ? size : 1);
  if (!copy) abort();
  if (size > 0) memcpy(copy, bytes, size);
  return copy;
}

#endif

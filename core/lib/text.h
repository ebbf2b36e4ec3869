#ifndef BASE_LIB_TEXT_H
#define BASE_LIB_TEXT_H

/*
** A view of bytes that somebody else owns. It is good for as long as they are,
** and has no zero at its end.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
  const char *bytes;
  size_t size;
};

/* A view of a zero-terminated string. */
struct text text_of(const char *string);

bool text_equals(struct text a, struct text b);

/* Compares as HTTP compares names: without regard to the case of ASCII
   letters. */
bool text_equals_nocase(struct text a, struct text b);

/* The view without the spaces and tabs at its two ends. */
struct text text_trim(struct text text);

/* The view without its first `bytes` bytes. It must have as many. */
struct text text_skip(struct text text, size_t bytes);

/* Reads a decimal number up to `most`: digits only, and no more of them than
   `most` has. False for anything else. */
bool text_scan_number(struct text text, uint32_t most, uint32_t *number);

/* Whether it is a port number; 0 is one too. */
bool text_is_port(struct text text);

/* The same, but 0 and leading zeros are refused. */
bool text_is_plain_port(struct text text);

#endif

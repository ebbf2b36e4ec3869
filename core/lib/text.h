#ifndef BASE_LIB_TEXT_H
#define BASE_LIB_TEXT_H

/*
** A view of bytes that belong to somebody else: good for as long as they are,
** not ended by a zero.
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

/* Compares as HTTP compares names: ASCII letters of either case are equal. */
bool text_equals_nocase(struct text a, struct text b);

/* The view without the spaces and tabs at its two ends. */
struct text text_trim(struct text text);

/* The view without its first bytes, which are there. */
struct text text_skip(struct text text, size_t bytes);

/* Reads a decimal number: only digits, no more than `most` has, and not larger.
   False for anything else. */
bool text_scan_number(struct text text, uint32_t most, uint32_t *number);

/* Whether it is the number of a port, 0 included. */
bool text_is_port(struct text text);

/* The same without 0 and zeros in front. */
bool text_is_plain_port(struct text text);

#endif

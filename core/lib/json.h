#ifndef BASE_LIB_JSON_H
#define BASE_LIB_JSON_H

/*
** The text of JSON (RFC 8259), scanned strictly and printed exactly. Knows
** nothing of what the values become: lua/json/json makes Lua of them.
**
** A scanner never reads at or past `end`. Each scan_ function begins at `at`,
** which must point at the first byte of its value, and returns the place behind
** the value, or NULL when the text is refused.
*/
#include "lib/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How deep arrays and objects may lie inside each other; the outermost counts
   as 1. */
enum { JSON_MAX_DEPTH = 128 };

struct json_number {
  bool is_integer; /* fits int64_t and was written without fraction, exponent;
                      "-0" is a double */
  int64_t integer;
  double real;
};

/* Past white space: space, tab, line feed, carriage return. */
const char *json_skip_space(const char *at, const char *end);

/* Scans a string from its opening quote. A string without escapes is returned
   as a view into the text itself; one with escapes is decoded into `scratch`
   (cleared first). Refuses control characters, invalid UTF-8, unknown escapes,
   lone surrogates. */
const char *json_scan_string(const char *at, const char *end,
                             struct buffer *scratch, const char **bytes,
                             size_t *size);

/* Scans a number. An integer beyond 64 bits becomes a double; one that does not
   fit a double (1e999) is refused. Does not depend on the locale. */
const char *json_scan_number(const char *at, const char *end,
                             struct json_number *number);

/* Scans `true`, `false` or `null`, whichever `word` says. */
const char *json_scan_word(const char *at, const char *end, const char *word);

/* Prints a string with its quotes. False (and nothing printed) when the bytes
   are not valid UTF-8 or memory ran out (buffer->failed tells). Escapes what
   RFC 8259 section 7 asks for and nothing else. */
bool json_print_string(struct buffer *buffer, const char *bytes, size_t size);

bool json_print_integer(struct buffer *buffer, int64_t integer);

/* Prints a double: a whole one below 2^53 without a fraction, any other in its
   shortest form that reads back as the same double. Minus zero is `-0`. False
   for NaN and infinity. Does not depend on the locale. */
bool json_print_double(struct buffer *buffer, double real);

#endif

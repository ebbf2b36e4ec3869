#ifndef BASE_LIB_JSON_H
#define BASE_LIB_JSON_H

/*
** The text of JSON (RFC 8259), scanned strictly and printed exactly. Does not
** know what the values become: lua/json makes Lua values of them.
**
** A scanner never reads at or past `end`. Each scan_ function begins at `at`,
** which must point at the first byte of its value. It returns the place after
** the value, or NULL when it refuses the text.
*/
#include "lib/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How deep arrays and objects may be nested; the outermost counts as 1. */
enum { JSON_MAX_DEPTH = 128 };

struct json_number {
  bool is_integer; /* it fits int64_t and has no fraction and no exponent; "-0"
                      is a double */
  int64_t integer;
  double real;
};

/* Skips white space: space, tab, line feed, carriage return. */
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

/* Scans the given word: `true`, `false` or `null`. */
const char *json_scan_word(const char *at, const char *end, const char *word);

/* Prints a string with its quotes. Returns false and prints nothing when the
   bytes are not valid UTF-8 or memory ran out (then buffer->failed is set).
   Escapes only what RFC 8259 section 7 requires. */
bool json_print_string(struct buffer *buffer, const char *bytes, size_t size);

bool json_print_integer(struct buffer *buffer, int64_t integer);

/* Prints a double. A whole number below 2^53 has no fraction; any other has the
   shortest form that reads back as the same double. Minus zero is `-0`. False
   for NaN and infinity. Does not depend on the locale. */
bool json_print_double(struct buffer *buffer, double real);

#endif

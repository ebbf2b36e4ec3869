#ifndef BASE_LIB_UTF8_H
#define BASE_LIB_UTF8_H

/*
** UTF-8 by RFC 3629: shortest form only, no surrogates, nothing beyond
** U+10FFFF.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_START = 0, UTF8_INVALID = 1 };

/* True when all of `bytes` is whole, valid UTF-8. Fast on ASCII. */
bool utf8_is_valid(const char *bytes, size_t size);

/* Checks a text that comes in pieces, which may be cut anywhere. Begin with
   UTF8_START; after the last piece the state must be UTF8_START again.
   UTF8_INVALID is final. */
uint32_t utf8_continue(uint32_t state, const char *bytes, size_t size);

#endif

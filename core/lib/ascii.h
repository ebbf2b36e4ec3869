#ifndef BASE_LIB_ASCII_H
#define BASE_LIB_ASCII_H

/*
** Classes of ASCII bytes. <ctype.h> depends on the locale, which a script may
** set.
*/
#include <stdbool.h>
#include <string.h>

static inline bool ascii_is(char byte) {
  return ((unsigned char)byte & 0x80) == 0;
}

/* A zero is one of none. */
static inline bool ascii_is_one_of(char byte, const char *list) {
  return byte != '\0' && strchr(list, byte);
}

static inline bool ascii_is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

static inline bool ascii_is_letter(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static inline char ascii_lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* The value of a hexadecimal digit, or -1. */
static inline int ascii_hex(char byte) {
  if (ascii_is_digit(byte)) return byte - '0';
  byte = ascii_lower(byte);
  return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

#endif

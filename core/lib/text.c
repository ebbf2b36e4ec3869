#include "lib/text.h"

#include <string.h>

struct text text_of(const char *string) {
  return (struct text){string, strlen(string)};
}

bool text_equals(struct text a, struct text b) {
  if (a.size != b.size) return false;
  return a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* Not tolower(): that one asks the locale. */
static char lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool text_equals_nocase(struct text a, struct text b) {
  if (a.size != b.size) return false;
  for (size_t i = 0; i < a.size; i++) {
    if (lower(a.bytes[i]) != lower(b.bytes[i])) return false;
  }
  return true;
}

static bool is_blank(char byte) {
  return byte == ' ' || byte == '\t';
}

struct text text_trim(struct text text) {
  while (text.size > 0 && is_blank(text.bytes[0])) {
    text.bytes++;
    text.size--;
  }
  while (text.size > 0 && is_blank(text.bytes[text.size - 1])) {
    text.size--;
  }
  return text;
}

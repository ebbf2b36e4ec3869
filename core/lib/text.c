#include "lib/text.h"

#include "lib/ascii.h"

#include <string.h>

struct text text_of(const char *string) {
  return (struct text){string, strlen(string)};
}

bool text_equals(struct text a, struct text b) {
  if (a.size != b.size) return false;
  return a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0;
}

bool text_equals_nocase(struct text a, struct text b) {
  if (a.size != b.size) return false;
  for (size_t i = 0; i < a.size; i++) {
    if (ascii_lower(a.bytes[i]) != ascii_lower(b.bytes[i])) return false;
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

struct text text_skip(struct text text, size_t bytes) {
  return (struct text){text.bytes + bytes, text.size - bytes};
}

bool text_scan_number(struct text text, uint32_t most, uint32_t *number) {
  uint64_t value = 0;
  size_t digits = 0;
  for (uint32_t rest = most; rest > 0; rest /= 10)
    digits++;
  if (text.size == 0 || text.size > digits) return false;
  for (size_t i = 0; i < text.size; i++) {
    if (!ascii_is_digit(text.bytes[i])) return false;
    value = value * 10 + (uint64_t)(text.bytes[i] - '0');
  }
  *number = (uint32_t)value;
  return value <= most;
}

bool text_is_port(struct text text) {
  uint32_t number;
  return text_scan_number(text, 65535, &number);
}

bool text_is_plain_port(struct text text) {
  return text_is_port(text) && text.bytes[0] != '0';
}

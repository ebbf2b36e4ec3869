#include "lib/token.h"

#include "lib/ascii.h"

#include <string.h>

bool token_has_byte(char byte) {
  return ascii_is_letter(byte) || ascii_is_digit(byte) ||
         (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte));
}

bool token_is_valid(struct text text) {
  for (size_t i = 0; i < text.size; i++) {
    if (!token_has_byte(text.bytes[i])) return false;
  }
  return text.size > 0;
}

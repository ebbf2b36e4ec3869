#include "lib/percent.h"

#include "lib/ascii.h"

enum { ESCAPE_SIZE = 3 };

int percent_byte(struct text text) {
  if (text.size < ESCAPE_SIZE || text.bytes[0] != '%') return -1;
  int high = ascii_hex(text.bytes[1]);
  int low = ascii_hex(text.bytes[2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

long percent_decode(struct text text, char *decoded) {
  long size = 0;
  while (text.size > 0) {
    size_t used = 1;
    int byte = (unsigned char)text.bytes[0];
    if (byte == '%') {
      byte = percent_byte(text);
      if (byte < 0) return -1;
      used = ESCAPE_SIZE;
    }
    decoded[size++] = (char)byte;
    text = text_skip(text, used);
  }
  return size;
}

#include "lib/plain.h"

/* It is made once, and is no memory: the C library has it. */
locale_t plain_begin(void) {
  static locale_t plain;
  if (!plain) plain = newlocale(LC_ALL_MASK, "C", NULL);
  return plain ? uselocale(plain) : NULL;
}

void plain_end(locale_t before) {
  if (before) uselocale(before);
}

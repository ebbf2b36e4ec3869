#include "lib/plain.h"

/* The locale is made once and never freed. */
locale_t plain_begin(void) {
  static locale_t plain;
  if (!plain) plain = newlocale(LC_ALL_MASK, "C", NULL);
  return plain ? uselocale(plain) : NULL;
}

void plain_end(locale_t before) {
  if (before) uselocale(before);
}

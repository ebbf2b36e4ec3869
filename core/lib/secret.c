#include "lib/secret.h"

/* `difference` is volatile, so that the compiler cannot end the loop early. */
bool secret_equals(struct text secret, struct text given) {
  volatile unsigned difference = secret.size != given.size;
  if (secret.size == 0) return false;
  for (size_t i = 0, k = 0; i < given.size; i++, k++) {
    if (k == secret.size) k = 0;
    difference |=
        (unsigned char)secret.bytes[k] ^ (unsigned char)given.bytes[i];
  }
  return difference == 0;
}

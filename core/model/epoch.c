#include "model/epoch.h"

#include "lib/clock.h"
#include "lib/map.h"

#include <string.h>
#include <sys/random.h>

static const char DIGITS[] = "0123456789abcdefghijklmnopqrstuvwxyz";

enum { LONGEST = 12 /* digits of 36^12 < 2^63 */ };

uint64_t epoch_random(void) {
  uint64_t epoch;
  if (getrandom(&epoch, sizeof epoch, 0) != (ssize_t)sizeof epoch)
    epoch = map_hash_id(clock_nanoseconds());
  epoch &= (UINT64_C(1) << 40) - 1;
  return epoch ? epoch : 1;
}

void epoch_print(uint64_t epoch, char text[EPOCH_TEXT_SIZE]) {
  char reversed[EPOCH_TEXT_SIZE];
  int count = 0;
  do {
    reversed[count++] = DIGITS[epoch % 36];
    epoch /= 36;
  } while (epoch > 0);
  for (int i = 0; i < count; i++)
    text[i] = reversed[count - 1 - i];
  text[count] = '\0';
}

uint64_t epoch_scan(struct text text) {
  uint64_t epoch = 0;
  if (text.size == 0 || text.size > LONGEST) return 0;
  for (size_t i = 0; i < text.size; i++) {
    const char *digit = text.bytes[i] ? strchr(DIGITS, text.bytes[i]) : NULL;
    if (!digit) return 0;
    epoch = epoch * 36 + (uint64_t)(digit - DIGITS);
  }
  return epoch;
}

/*
** Numbers of JSON, with the C library as the witness: what is read is the
** nearest double, and what is printed reads back as the same, in fewest digits.
*/
#include "fuzz.h"

#include "lib/json.h"

#include <errno.h>
#include <math.h>

static bool is_same(double a, double b) {
  return a == b && signbit(a) == signbit(b);
}

/* The printed form is one that JSON knows, and says the same. */
static void check_printed(const struct json_number *number) {
  struct buffer text = {0};
  struct json_number again;
  MUST(number->is_integer ? json_print_integer(&text, number->integer)
                          : json_print_double(&text, number->real));
  const char *end = text.bytes + text.size;
  MUST(json_scan_number(text.bytes, end, &again) == end);
  double real = again.is_integer ? (double)again.integer : again.real;
  if (number->is_integer)
    MUST(again.is_integer && again.integer == number->integer);
  else
    MUST(is_same(real, number->real));
  buffer_free(&text);
}

/* No form of fewer digits than the printed one reads back. */
static void check_shortest(double real) {
  struct buffer text = {0};
  char shorter[64];
  int digits = 0;
  MUST(json_print_double(&text, real));
  size_t mantissa = 0;
  while (mantissa < text.size && text.bytes[mantissa] != 'e')
    mantissa++;
  for (size_t i = 0; i < mantissa; i++)
    digits += text.bytes[i] >= '0' && text.bytes[i] <= '9' &&
              (digits > 0 || text.bytes[i] != '0');
  bool has_point = memchr(text.bytes, '.', mantissa) != NULL;
  if (has_point && digits > 1) {
    snprintf(shorter, sizeof shorter, "%.*g", digits - 1, real);
    MUST(strtod(shorter, NULL) != real);
  }
  buffer_free(&text);
}

static void check_read(const char *text, const struct json_number *number) {
  errno = 0;
  if (number->is_integer) {
    MUST(strtoll(text, NULL, 10) == number->integer && errno == 0);
    return;
  }
  MUST(is_same(strtod(text, NULL), number->real));
  check_shortest(number->real);
}

/* The bytes of a double, too, as no text comes near most of them. */
static void check_bits(const uint8_t *bytes, size_t size) {
  struct json_number number = {0};
  if (size != sizeof number.real) return;
  memcpy(&number.real, bytes, size);
  if (isfinite(number.real)) check_printed(&number);
  if (isfinite(number.real)) check_shortest(number.real);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct json_number number;
  check_bits(bytes, size);
  if (size == 0) return 0;
  char *copy = copy_exactly((const char *)bytes, size);
  const char *end = json_scan_number(copy, copy + size, &number);
  if (end) {
    MUST(end > copy && end <= copy + size);
    char *text = calloc(1, size + 1);
    MUST(text);
    memcpy(text, copy, (size_t)(end - copy));
    check_read(text, &number);
    check_printed(&number);
    free(text);
  }
  free(copy);
  return 0;
}

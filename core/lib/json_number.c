/*
** Numbers of JSON, exact in both directions and independent of the locale.
**
** strtod and printf round correctly, but use the decimal point of the locale.
** So strtod gets digits and an exponent without a point, and the point that
** printf wrote is replaced.
*/
#include "lib/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  /* A double, or the middle between two doubles, has at most 768 digits. Digits
     after them only say whether the number is a little larger. */
  MAX_DIGITS = 800,
  MAX_INTEGER_DIGITS = 19, /* an int64_t has as many; so many never overflow
                              uint64_t */
  MAX_EXPONENT = 100000,   /* far beyond any double */
  MAX_EXACT_POWER = 22     /* 10^22 is the largest power of ten that a double
                              holds exactly */
};

static const double exact_powers[MAX_EXACT_POWER + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const int64_t two_to_53 = INT64_C(1) << 53;

/* The parts of a number, as they lie in its text. */
struct parts {
  bool negative;
  bool has_exponent;
  const char *integer, *integer_end;
  const char *fraction, *fraction_end; /* both NULL when there is no fraction */
  int64_t exponent;
};

/* The digits without leading zeros, times ten to the power of `exponent`. */
struct decimal {
  char digits[MAX_DIGITS];
  size_t count;
  bool is_longer; /* the number is larger than its digits say: digits were cut
                     off that are not all zero */
  int64_t exponent;
};

static const char *skip_digits(const char *at, const char *end) {
  while (at < end && *at >= '0' && *at <= '9') {
    at++;
  }
  return at;
}

/* Scans the digits of an exponent, after the `e`. It stops counting at a size
   that no text has enough zeros to make up for. */
static const char *scan_exponent(const char *at, const char *end,
                                 int64_t *exponent) {
  bool negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) at++;
  const char *behind = skip_digits(at, end);
  if (behind == at) return NULL;
  int64_t size = 0;
  for (; at < behind; at++) {
    if (size < INT64_MAX / 100) size = size * 10 + (*at - '0');
  }
  *exponent = negative ? -size : size;
  return behind;
}

/* Splits a number by the grammar of RFC 8259 section 6. */
static const char *scan_parts(const char *at, const char *end,
                              struct parts *parts) {
  *parts = (struct parts){.negative = at < end && *at == '-'};
  if (parts->negative) at++;
  parts->integer = at;
  at = parts->integer_end = skip_digits(at, end);
  ptrdiff_t size = parts->integer_end - parts->integer;
  if (size == 0 || (size > 1 && *parts->integer == '0')) return NULL;
  if (at < end && *at == '.') {
    parts->fraction = at + 1;
    at = parts->fraction_end = skip_digits(at + 1, end);
    if (parts->fraction == parts->fraction_end) return NULL;
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    parts->has_exponent = true;
    return scan_exponent(at + 1, end, &parts->exponent);
  }
  return at;
}

/* Whether the number was written as an integer and fits int64_t. */
static bool read_integer(const struct parts *parts, int64_t *integer) {
  if (parts->fraction || parts->has_exponent) return false;
  if (parts->integer_end - parts->integer > MAX_INTEGER_DIGITS) return false;
  uint64_t size = 0;
  for (const char *at = parts->integer; at < parts->integer_end; at++) {
    size = size * 10 + (uint64_t)(*at - '0');
  }
  if (size > (uint64_t)INT64_MAX + parts->negative) return false;
  if (parts->negative && size == 0) return false;
  *integer = parts->negative ? -(int64_t)(size - 1) - 1 : (int64_t)size;
  return true;
}

static void collect_digits(struct decimal *decimal, const char *at,
                           const char *end, bool is_fraction) {
  for (; at < end; at++) {
    bool is_leading_zero = decimal->count == 0 && *at == '0';
    bool is_kept = !is_leading_zero && decimal->count < MAX_DIGITS;
    if (is_kept) decimal->digits[decimal->count++] = *at;
    if (!is_kept && *at != '0') decimal->is_longer = true;
    bool has_place = is_kept || is_leading_zero;
    if (has_place && is_fraction) decimal->exponent--;
    if (!has_place && !is_fraction) decimal->exponent++;
  }
}

/* Few digits times a small power of ten: a double holds both exactly, so one
   operation rounds correctly. */
static bool read_exactly(const struct decimal *decimal, double *real) {
  int64_t exponent = decimal->exponent;
  if (FLT_EVAL_METHOD != 0 || decimal->count > DBL_DIG + 1) return false;
  if (exponent < -MAX_EXACT_POWER || exponent > MAX_EXACT_POWER) return false;
  int64_t digits = 0;
  for (size_t i = 0; i < decimal->count; i++) {
    digits = digits * 10 + (decimal->digits[i] - '0');
  }
  if (digits > two_to_53) return false;
  *real = exponent < 0 ? (double)digits / exact_powers[-exponent]
                       : (double)digits * exact_powers[exponent];
  return true;
}

static double read_slowly(const struct decimal *decimal) {
  char text[MAX_DIGITS + sizeof "1e-100000"];
  int64_t exponent = decimal->exponent;
  size_t size = decimal->count;
  memcpy(text, decimal->digits, size);
  if (decimal->is_longer) {
    text[size++] = '1';
    exponent--;
  }
  if (exponent > MAX_EXPONENT) exponent = MAX_EXPONENT;
  if (exponent < -MAX_EXPONENT) exponent = -MAX_EXPONENT;
  snprintf(text + size, sizeof text - size, "e%d", (int)exponent);
  return strtod(text, NULL);
}

static double read_real(const struct parts *parts) {
  struct decimal decimal;
  decimal.count = 0;
  decimal.is_longer = false;
  decimal.exponent = parts->exponent;
  collect_digits(&decimal, parts->integer, parts->integer_end, false);
  collect_digits(&decimal, parts->fraction, parts->fraction_end, true);
  double real = 0;
  if (decimal.count > 0 && !read_exactly(&decimal, &real)) {
    real = read_slowly(&decimal);
  }
  return parts->negative ? -real : real;
}

const char *json_scan_number(const char *at, const char *end,
                             struct json_number *number) {
  struct parts parts;
  const char *behind = scan_parts(at, end, &parts);
  if (!behind) return NULL;
  *number = (struct json_number){0};
  number->is_integer = read_integer(&parts, &number->integer);
  if (!number->is_integer) number->real = read_real(&parts);
  return isfinite(number->real) ? behind : NULL;
}

bool json_print_integer(struct buffer *buffer, int64_t integer) {
  char text[sizeof "-9223372036854775808"];
  char *end = text + sizeof text;
  char *at = end;
  uint64_t left = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
  do {
    *--at = (char)('0' + left % 10);
    left /= 10;
  } while (left > 0);
  if (integer < 0) *--at = '-';
  return buffer_append(buffer, at, (size_t)(end - at));
}

/* Replaces the locale's decimal point, which may be several bytes, with ".". */
static void replace_point(char *text) {
  char *point = text + strspn(text, "-0123456789e+");
  if (*point == '\0') return;
  char *behind = point + strcspn(point, "0123456789");
  *point = '.';
  memmove(point + 1, behind, strlen(behind) + 1);
}

/* Prints the fewest digits that read back as the same double. All but the
   smallest doubles need 15 or more, and printf leaves out zeros at the end. */
static bool print_fraction(struct buffer *buffer, double real) {
  char text[64];
  int digits = isnormal(real) ? DBL_DIG : 1;
  do {
    snprintf(text, sizeof text, "%.*g", digits, real);
  } while (strtod(text, NULL) != real && digits++ < DBL_DECIMAL_DIG);
  replace_point(text);
  return buffer_append_string(buffer, text);
}

static bool is_small_integer(double real) {
  double limit = (double)two_to_53;
  return real > -limit && real < limit && real == (double)(int64_t)real;
}

bool json_print_double(struct buffer *buffer, double real) {
  if (!isfinite(real)) return false;
  if (real == 0 && signbit(real)) return buffer_append(buffer, "-0", 2);
  if (is_small_integer(real)) return json_print_integer(buffer, (int64_t)real);
  return print_fraction(buffer, real);
}

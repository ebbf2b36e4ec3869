/*
** Numbers of JSON, form by form, and back. Every text is copied into memory of
** exactly its size, so that a sanitizer sees a read behind its end.
*/
#include "check.h"

#include "lib/json.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static char *copy(const char *bytes, size_t size) {
  char *exact = malloc(size ? size : 1);
  if (!exact) abort();
  memcpy(exact, bytes, size);
  return exact;
}

/* The same numbers in every run. */
static uint64_t next_random(void) {
  static uint64_t state = 20240229;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 32 ^ state << 31;
}

/* Integers of every length. */
static uint64_t next_integer(void) {
  uint64_t bits = next_random();
  return bits >> next_random() % 60;
}

/* To the bit: minus zero is not zero. */
static bool is_same_double(double a, double b) {
  uint64_t bits[2];
  memcpy(&bits[0], &a, sizeof a);
  memcpy(&bits[1], &b, sizeof b);
  return bits[0] == bits[1];
}

/* How many bytes of the text are a number, -1 when it is refused. */
static ptrdiff_t scan_number(const char *text, size_t size,
                             struct json_number *number) {
  char *bytes = copy(text, size);
  const char *behind = json_scan_number(bytes, bytes + size, number);
  ptrdiff_t scanned = behind ? behind - bytes : -1;
  free(bytes);
  return scanned;
}

static const struct {
  const char *text;
  int64_t integer;
} integers[] = {
    {"0", 0},
    {"1", 1},
    {"-1", -1},
    {"9", 9},
    {"10", 10},
    {"42", 42},
    {"-100", -100},
    {"1234567890", 1234567890},
    {"9007199254740991", 9007199254740991},
    {"9007199254740992", 9007199254740992},
    {"9007199254740993", 9007199254740993},
    {"-9007199254740993", -9007199254740993},
    {"999999999999999999", 999999999999999999},
    {"1000000000000000000", 1000000000000000000},
    {"9223372036854775806", INT64_MAX - 1},
    {"9223372036854775807", INT64_MAX},
    {"-9223372036854775807", -INT64_MAX},
    {"-9223372036854775808", INT64_MIN},
};

static const struct {
  const char *text;
  double real;
} reals[] = {
    {"-0", -0.0},
    {"-0.0", -0.0},
    {"-0e5", -0.0},
    {"0.0", 0},
    {"0e0", 0},
    {"0E+0", 0},
    {"0e999999999999999999999999", 0},
    {"0.000e-999999999999999999999999", 0},
    {"1.0", 1},
    {"1e0", 1},
    {"1E0", 1},
    {"1e+0", 1},
    {"1e-0", 1},
    {"1e05", 100000},
    {"1e0000000000000000000000000000000005", 100000},
    {"0.1", 0.1},
    {"-0.1", -0.1},
    {"0.5", 0.5},
    {"3.14159", 3.14159},
    {"1.5e3", 1500},
    {"-1.5E-3", -0.0015},
    {"9223372036854775808", 9223372036854775808.0},
    {"-9223372036854775809", -9223372036854775808.0},
    {"9999999999999999999", 1e19},
    {"10000000000000000000", 1e19},
    {"18446744073709551615", 18446744073709551616.0},
    {"18446744073709551616", 18446744073709551616.0},
    {"100000000000000000000000000000000000000", 1e38},
    {"9007199254740993.0", 9007199254740992.0},
    {"9007199254740993.1", 9007199254740994.0},
    {"9007199254740995.0", 9007199254740996.0},
    {"1e22", 1e22},
    {"1e23", 1e23},
    {"1e-22", 1e-22},
    {"1e-23", 1e-23},
    {"9007199254740992e22", 9007199254740992e22},
    {"9007199254740991e-22", 9007199254740991e-22},
    {"123456789.123456789e-10", 123456789.123456789e-10},
    {"0.000000000000000000000000000000000000001", 1e-39},
    {"1.7976931348623157e308", DBL_MAX},
    {"-1.7976931348623157e308", -DBL_MAX},
    {"1.7976931348623158e308", DBL_MAX},
    {"179769313486231570000e288", DBL_MAX},
    {"2.2250738585072014e-308", DBL_MIN},
    {"2.2250738585072011e-308", 2.2250738585072011e-308},
    {"4.9406564584124654e-324", 0x1p-1074},
    {"5e-324", 0x1p-1074},
    {"3e-324", 0x1p-1074},
    {"2e-324", 0},
    {"-2e-324", -0.0},
    {"1e-400", 0},
    {"-1e-400", -0.0},
    {"1e-99999999999999999999999999", 0},
    {"0.00000000000000000001e20", 1},
    {"100000000000000000000e-20", 1},
};

/* Refused, or read only as far as `scanned` says. */
static const struct {
  const char *text;
  ptrdiff_t scanned;
} broken_numbers[] = {
    {"", -1},
    {"-", -1},
    {"+", -1},
    {"+1", -1},
    {"--1", -1},
    {"-+1", -1},
    {".", -1},
    {".5", -1},
    {"-.5", -1},
    {"1.", -1},
    {"1.e5", -1},
    {"-1.", -1},
    {"00", -1},
    {"01", -1},
    {"-01", -1},
    {"007", -1},
    {"00.5", -1},
    {"1e", -1},
    {"1E", -1},
    {"1e+", -1},
    {"1e-", -1},
    {"1e+-1", -1},
    {"1ee1", -1},
    {"1e.5", -1},
    {"0.e1", -1},
    {"1.5e", -1},
    {"e5", -1},
    {"nan", -1},
    {"NaN", -1},
    {"-nan", -1},
    {"inf", -1},
    {"Infinity", -1},
    {"-Infinity", -1},
    {"1e309", -1},
    {"-1e309", -1},
    {"1e999", -1},
    {"-1e999", -1},
    {" 1", -1},
    {"\t1", -1},
    {"- 1", -1},
    {"x", -1},
    {"\"1\"", -1},
    {"1e99999999999999999999999", -1},
    {"1.7976931348623159e308", -1},
    {"179769313486231590000e288", -1},
    {",", -1},
    {"0x10", 1},
    {"1.5.5", 3},
    {"1 ", 1},
    {"1,5", 1},
    {"1e5.5", 3},
    {"1e5e5", 3},
    {"1a", 1},
    {"12-3", 2},
    {"1+1", 1},
    {"0-0", 1},
    {"1_000", 1},
    {"1f", 1},
    {"3]", 1},
    {"-7}", 2},
    {"1.25]", 4},
};

/* The part of a valid number before a cut is a number when it ends in a
   digit. */
static void check_cut_number(const char *text) {
  for (size_t size = 0; size < strlen(text); size++) {
    struct json_number number;
    char last = size ? text[size - 1] : '-';
    bool whole = last >= '0' && last <= '9';
    ptrdiff_t scanned = scan_number(text, size, &number);
    bool overflows = whole && scanned < 0 && strchr(text, 'e');
    CHECK_CASE(overflows || scanned == (whole ? (ptrdiff_t)size : -1), text);
  }
}

static void test_integers(void) {
  for (size_t i = 0; i < COUNT(integers); i++) {
    const char *text = integers[i].text;
    struct json_number number;
    ptrdiff_t size = (ptrdiff_t)strlen(text);
    CHECK_CASE(scan_number(text, strlen(text), &number) == size, text);
    CHECK_CASE(number.is_integer, text);
    CHECK_CASE(number.integer == integers[i].integer, text);
    check_cut_number(text);
  }
}

static void test_reals(void) {
  for (size_t i = 0; i < COUNT(reals); i++) {
    const char *text = reals[i].text;
    struct json_number number;
    ptrdiff_t size = (ptrdiff_t)strlen(text);
    CHECK_CASE(scan_number(text, strlen(text), &number) == size, text);
    CHECK_CASE(!number.is_integer, text);
    CHECK_CASE(is_same_double(number.real, reals[i].real), text);
    check_cut_number(text);
  }
}

static void test_broken_numbers(void) {
  for (size_t i = 0; i < COUNT(broken_numbers); i++) {
    const char *text = broken_numbers[i].text;
    struct json_number number;
    CHECK_CASE(scan_number(text, strlen(text), &number) ==
                   broken_numbers[i].scanned,
               text);
  }
}

/* Against strtod, which reads the same forms and more. */
static void check_like_strtod(const char *text) {
  struct json_number number;
  double expected = strtod(text, NULL);
  ptrdiff_t scanned = scan_number(text, strlen(text), &number);
  if (isinf(expected)) {
    CHECK_CASE(scanned == -1, text);
    return;
  }
  double real = number.is_integer ? (double)number.integer : number.real;
  CHECK_CASE(scanned == (ptrdiff_t)strlen(text), text);
  CHECK_CASE(is_same_double(real, expected), text);
}

static void test_random_numbers(void) {
  char text[128];
  for (int i = 0; i < 200000; i++) {
    uint64_t a = next_integer();
    uint64_t b = next_integer();
    int exponent = (int)(next_random() % 700) - 350;
    if (i % 2) exponent /= 12;
    snprintf(text, sizeof text, "%s%" PRIu64 ".%" PRIu64 "e%d",
             i % 3 ? "" : "-", a, b, exponent);
    check_like_strtod(text);
    snprintf(text, sizeof text, "0.%0*" PRIu64 "%" PRIu64, i % 40, b, a);
    check_like_strtod(text);
  }
}

/* A number with `count` times `digit` between `head` and `tail`. */
static double read_long(const char *head, char digit, size_t count,
                        const char *tail, bool *taken) {
  size_t size = strlen(head) + count + strlen(tail);
  char *text = malloc(size + 1);
  if (!text) abort();
  memcpy(text, head, strlen(head));
  memset(text + strlen(head), digit, count);
  memcpy(text + strlen(head) + count, tail, strlen(tail));
  struct json_number number = {0};
  *taken = scan_number(text, size, &number) == (ptrdiff_t)size;
  free(text);
  return number.real;
}

static void test_long_numbers(void) {
  bool taken;
  CHECK(is_same_double(read_long("0.", '3', 1000000, "", &taken), 1.0 / 3));
  CHECK(taken);
  CHECK(read_long("0.", '0', 1000000, "1e1000001", &taken) == 1);
  CHECK(read_long("1", '0', 1000000, "e-1000000", &taken) == 1);
  CHECK(read_long("1", '9', 5000, "e-5000", &taken) == 2);
  CHECK(read_long("-1.", '0', 5000, "", &taken) == -1);
  CHECK(read_long("0.", '0', 100000, "1", &taken) == 0);
  CHECK(taken);
  CHECK(read_long("0.", '0', 100000, "", &taken) == 0);
  CHECK(taken);
  read_long("1", '0', 100000, "", &taken);
  CHECK(!taken);
  read_long("", '9', 309, "", &taken);
  CHECK(!taken);
}

/* What is exactly in the middle goes to the even neighbour; a digit thousands
   of places behind decides otherwise. */
static void test_middles(void) {
  bool taken;
  const double even = 9007199254740992.0;
  CHECK(read_long("9007199254740993.", '0', 5000, "", &taken) == even);
  CHECK(read_long("9007199254740993.", '0', 5000, "1", &taken) == even + 2);
  CHECK(read_long("9007199254740992.", '9', 5000, "", &taken) == even);
#if LDBL_MIN_EXP < -2000
  char half[1200];
  snprintf(half, sizeof half, "%.1075Lf", 0x1p-1075L);
  CHECK(read_long(half, '0', 0, "", &taken) == 0);
  CHECK(read_long(half, '0', 5000, "", &taken) == 0);
  CHECK(read_long(half, '0', 5000, "1", &taken) == 0x1p-1074);
  snprintf(half, sizeof half, "%.1075Lf", 0x3p-1075L);
  CHECK(read_long(half, '0', 0, "", &taken) == 0x1p-1073);
#endif
}

static const struct {
  double real;
  const char *text;
} printed_doubles[] = {
    {0.0, "0"},
    {-0.0, "-0"},
    {1, "1"},
    {-1, "-1"},
    {3, "3"},
    {100, "100"},
    {1e15, "1000000000000000"},
    {9007199254740991.0, "9007199254740991"},
    {-9007199254740991.0, "-9007199254740991"},
    {9007199254740992.0, "9007199254740992"},
    {1e16, "1e+16"},
    {1e23, "1e+23"},
    {1e100, "1e+100"},
    {0.1, "0.1"},
    {-0.1, "-0.1"},
    {0.5, "0.5"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {3.14159, "3.14159"},
    {1e-5, "1e-05"},
    {123456.789, "123456.789"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {0x1p-1074, "5e-324"},
};

static bool prints(double real, const char *text) {
  struct buffer buffer = {0};
  bool same = json_print_double(&buffer, real) && buffer.size == strlen(text) &&
              memcmp(buffer.bytes, text, buffer.size) == 0;
  buffer_free(&buffer);
  return same;
}

static void test_printed_doubles(void) {
  for (size_t i = 0; i < COUNT(printed_doubles); i++) {
    CHECK_CASE(prints(printed_doubles[i].real, printed_doubles[i].text),
               printed_doubles[i].text);
  }
  struct buffer buffer = {0};
  CHECK(!json_print_double(&buffer, (double)NAN));
  CHECK(!json_print_double(&buffer, (double)INFINITY));
  CHECK(!json_print_double(&buffer, (double)-INFINITY));
  CHECK(buffer.size == 0 && !buffer.failed);
  buffer_free(&buffer);
}

static void test_printed_integers(void) {
  struct buffer buffer = {0};
  for (size_t i = 0; i < COUNT(integers); i++) {
    const char *text = integers[i].text;
    buffer_clear(&buffer);
    CHECK_CASE(json_print_integer(&buffer, integers[i].integer), text);
    CHECK_CASE(buffer.size == strlen(text), text);
    CHECK_CASE(memcmp(buffer.bytes, text, buffer.size) == 0, text);
  }
  buffer_free(&buffer);
}

/* Doubles of every size, as random bits make them, come back as they were. */
static void test_doubles_come_back(void) {
  struct buffer buffer = {0};
  for (int i = 0; i < 200000; i++) {
    uint64_t bits = next_random();
    double real;
    memcpy(&real, &bits, sizeof real);
    if (i % 4 == 0) real = (double)(int64_t)bits / 1024;
    if (!isfinite(real)) continue;
    buffer_clear(&buffer);
    struct json_number number = {0};
    bool back = json_print_double(&buffer, real) &&
                scan_number(buffer.bytes, buffer.size, &number) ==
                    (ptrdiff_t)buffer.size;
    double read = number.is_integer ? (double)number.integer : number.real;
    CHECK(back && is_same_double(read, real));
  }
  buffer_free(&buffer);
}

static void test_other_locale(void) {
  static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8",
                                      "ps_AF.UTF-8", "ps_AF", "de_DE"};
  for (size_t i = 0; i < COUNT(names); i++) {
    if (!setlocale(LC_NUMERIC, names[i])) continue;
    printf("with the decimal point of %s\n", names[i]);
    test_reals();
    test_broken_numbers();
    test_long_numbers();
    test_printed_doubles();
    test_doubles_come_back();
  }
  setlocale(LC_NUMERIC, "C");
}

int main(void) {
  test_integers();
  test_reals();
  test_broken_numbers();
  test_random_numbers();
  test_long_numbers();
  test_middles();
  test_printed_doubles();
  test_printed_integers();
  test_doubles_come_back();
  test_other_locale();
  return check_report();
}

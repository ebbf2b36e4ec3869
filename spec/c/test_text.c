/*
** Numbers, tokens and percent-encoding in texts.
*/
#include "check.h"

#include "lib/percent.h"
#include "lib/text.h"
#include "lib/token.h"

#include <string.h>

static bool is_number(const char *text, uint32_t most, uint32_t wanted) {
  uint32_t number;
  return text_scan_number(text_of(text), most, &number) && number == wanted;
}

static bool is_none(const char *text, uint32_t most) {
  uint32_t number;
  return !text_scan_number(text_of(text), most, &number);
}

static void test_numbers(void) {
  CHECK(is_number("0", 9, 0));
  CHECK(is_number("9", 9, 9));
  CHECK(is_number("00080", 65535, 80));
  CHECK(is_number("4294967295", UINT32_MAX, UINT32_MAX));
  CHECK(is_none("4294967296", UINT32_MAX));
  CHECK(is_none("", 9));
  CHECK(is_none("10", 9));
  CHECK(is_none("000080", 65535));
  CHECK(is_none("-1", 65535));
  CHECK(is_none("+1", 65535));
  CHECK(is_none(" 1", 65535));
  CHECK(is_none("1a", 65535));
}

static void test_ports(void) {
  CHECK(text_is_port(text_of("65535")));
  CHECK(!text_is_port(text_of("65536")));
}

static void test_tokens(void) {
  CHECK(token_is_valid(text_of("Sec-WebSocket-Key")));
  CHECK(token_is_valid(text_of("a1!#$%&'*+-.^_`|~")));
  CHECK(!token_is_valid(text_of("")));
  CHECK(!token_is_valid(text_of("a b")));
  CHECK(!token_is_valid(text_of("a:b")));
  CHECK(!token_is_valid(text_of("\xc3\xa4")));
  CHECK(!token_is_valid((struct text){"a\0", 2}));
}

static void test_decode(void) {
  char decoded[16];
  CHECK(percent_decode(text_of("a%41%00b"), decoded) == 4);
  CHECK(memcmp(decoded, "aA\0b", 4) == 0);
  CHECK(percent_decode(text_of(""), decoded) == 0);
  CHECK(percent_decode(text_of("%4"), decoded) == -1);
  CHECK(percent_decode(text_of("%4g"), decoded) == -1);
  CHECK(percent_byte(text_of("%fF")) == 0xff);
  CHECK(percent_byte(text_of("f%41")) == -1);
}

int main(void) {
  test_numbers();
  test_ports();
  test_tokens();
  test_decode();
  return check_report();
}

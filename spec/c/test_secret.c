/* Comparing with a secret. */
#include "check.h"
#include "lib/secret.h"

static bool equals(const char *secret, const char *given) {
  return secret_equals(text_of(secret), text_of(given));
}

static void only_the_same_is_equal(void) {
  CHECK(equals("0123456789abcdef", "0123456789abcdef"));
  CHECK(!equals("0123456789abcdef", "1123456789abcdef"));
  CHECK(!equals("0123456789abcdef", "0123456789abcdeg"));
}

static void a_part_of_it_is_not_equal(void) {
  CHECK(!equals("secret", "secre"));
  CHECK(!equals("secret", "secrets"));
  CHECK(!equals("secret", "secretsecret"));
  CHECK(!equals("aa", "aaaa"));
  CHECK(!equals("secret", ""));
}

static void nothing_is_no_secret(void) {
  CHECK(!equals("", ""));
  CHECK(!equals("", "a"));
}

int main(void) {
  only_the_same_is_equal();
  a_part_of_it_is_not_equal();
  nothing_is_no_secret();
  return check_report();
}

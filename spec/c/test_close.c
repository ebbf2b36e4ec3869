/*
** What a client is told when its connection ends.
*/
#include "check.h"

#include "model/close.h"
#include "model/message.h"

#include <string.h>

static bool is(struct message *message, enum message_kind kind,
               const char *bytes, size_t size) {
  bool is_so = message && message->kind == kind && message->size == size &&
               memcmp(message->bytes, bytes, size) == 0;
  message_unref(message);
  return is_so;
}

static void test_codes(void) {
  CHECK(close_code_is_valid(1000) && close_code_is_valid(3000));
  CHECK(!close_code_is_valid(999) && !close_code_is_valid(1004));
  CHECK(!close_code_is_valid(1005) && !close_code_is_valid(1006));
  CHECK(!close_code_is_valid(1015) && !close_code_is_valid(5000));
  CHECK(close_code_is_for_scripts(1000) && close_code_is_for_scripts(4100));
  CHECK(!close_code_is_for_scripts(1001) && !close_code_is_for_scripts(4003));
}

static void test_close(void) {
  CHECK(is(close_message(1001, "gone"), MESSAGE_CLOSE, "\x03\xe9gone", 6));
  CHECK(is(close_message(1001, NULL), MESSAGE_CLOSE, "\x03\xe9", 2));
  CHECK(is(close_message(CLOSE_NONE_GIVEN, "gone"), MESSAGE_CLOSE, "", 0));
  CHECK(is(close_message(1001, "\xff"), MESSAGE_CLOSE, "\x03\xe9", 2));
}

/* No character is cut in two. */
static void test_long_reason(void) {
  char reason[CLOSE_REASON_MAX + 2] = {0};
  memset(reason, 'a', CLOSE_REASON_MAX - 1);
  memcpy(reason + CLOSE_REASON_MAX - 1, "\xc3\xa4", 2);
  struct message *message = close_message(1001, reason);
  CHECK(message && message->size == 2 + CLOSE_REASON_MAX - 1);
  message_unref(message);
}

static void test_reconnect(void) {
  static const char text[] = "[\"reconnect\",{\"after\":1.050}]";
  CHECK(is(close_reconnect_message(1050), MESSAGE_TEXT, text, strlen(text)));
}

int main(void) {
  test_codes();
  test_close();
  test_long_reason();
  test_reconnect();
  return check_report();
}

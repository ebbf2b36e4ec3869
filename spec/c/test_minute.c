/*
** What is told once a minute.
*/
#include "check.h"

#include "lib/minute.h"

static void test_minute(void) {
  struct minute minute = {0};
  CHECK(minute_end(&minute, 1) == 0);
  CHECK(minute_add(&minute, 1));
  CHECK(!minute_add(&minute, 1) && !minute_add(&minute, 60));
  CHECK(minute_end(&minute, 60) == 0);
  CHECK(minute_end(&minute, 61) == 2);
  CHECK(!minute_add(&minute, 120)); /* the sum has begun another one */
  CHECK(minute_end(&minute, 120) == 0);
  CHECK(minute_end(&minute, 121) == 1);
}

static void test_silence(void) {
  struct minute minute = {0};
  CHECK(minute_add(&minute, 5));
  CHECK(minute_end(&minute, 65) == 0);
  CHECK(minute_add(&minute, 65));
}

int main(void) {
  test_minute();
  test_silence();
  return check_report();
}

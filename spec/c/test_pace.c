/*
** The least speed of a reader.
*/
#include "check.h"
#include "net/http/pace.h"

static const uint64_t PERIOD = 10000;
static const uint64_t HOUR = 3600000;

/* Reads `bytes` every `interval` milliseconds, from now on, and says for how
   long that goes well, an hour at most. */
static uint64_t time_of(uint64_t bytes, uint64_t interval) {
  struct pace pace = {0};
  uint64_t due = pace_begin(&pace, bytes, 0, PERIOD);
  uint64_t now = 0;
  while (due != 0 && now < HOUR) {
    now += due;
    due = pace_look(&pace, (now / interval + 1) * bytes, now, PERIOD);
  }
  return now;
}

static void test_speeds(void) {
  CHECK(time_of(PACE_STEP, PERIOD) >= HOUR);
  CHECK(time_of(PACE_STEP / 10, PERIOD / 10) >= HOUR);
  /* In as large pieces as the kernel tells of. */
  CHECK(time_of(65483, PERIOD * 65483 / PACE_STEP - 1000) >= HOUR);
  CHECK(time_of(100, 1000) < 2 * PERIOD);
  CHECK(time_of(1, 1) < 10 * PERIOD);
  uint64_t none = time_of(0, 1000);
  CHECK(none >= PERIOD && none < PERIOD + 100);
}

/* Whoever has taken much at once may not live on it. */
static void test_credit(void) {
  struct pace pace = {0};
  pace_begin(&pace, 0, 0, PERIOD);
  uint64_t due = pace_look(&pace, 1 << 30, 1, PERIOD);
  CHECK(due >= 4 * PERIOD && due < 4 * PERIOD + 100);
  CHECK(pace_look(&pace, (1 << 30) + 4000, due + 1, PERIOD) < PERIOD);
  CHECK(pace_look(&pace, (1 << 30) + 4000, due + PERIOD, PERIOD) == 0);
}

/* One answer behind another is no new beginning. */
static void test_pauses(void) {
  struct pace pace = {0};
  uint64_t now = 0;
  uint64_t taken = 0;
  int answers = 0;
  uint64_t due = pace_begin(&pace, taken, now, PERIOD);
  while (answers < 1000) {
    if (due < PERIOD / 2) {
      if (pace_look(&pace, taken, now + due, PERIOD) == 0) break;
    }
    now += PERIOD / 2;
    taken += 1000;
    pace_end(&pace, taken, now, PERIOD);
    CHECK(!pace.is_waiting);
    due = pace_begin(&pace, taken, now, PERIOD);
    answers++;
  }
  CHECK(answers < 10);
  /* Time counts only while something waits. */
  struct pace idle = {0};
  due = pace_begin(&idle, 0, 0, PERIOD);
  pace_end(&idle, 5000, 10, PERIOD);
  CHECK(pace_begin(&idle, 5000, 1000000, PERIOD) > due);
}

/* Asking again while it waits gives no time. */
static void test_again(void) {
  struct pace pace = {0};
  uint64_t due = pace_begin(&pace, 0, 0, PERIOD);
  uint64_t later = pace_begin(&pace, 0, due / 2, PERIOD);
  CHECK(later <= due / 2 + 2);
  CHECK(pace_look(&pace, 0, due + 2, PERIOD) == 0);
  CHECK(pace_begin(&pace, 0, due + 2, PERIOD) < PERIOD / 4);
}

int main(void) {
  test_speeds();
  test_credit();
  test_pauses();
  test_again();
  return check_report();
}

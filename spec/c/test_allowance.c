/*
** What may take so long, and whose time it is that counts.
*/
#include "check.h"
#include "lib/allowance.h"
#include "lib/clock.h"

#include <time.h>

enum { MOST = 2000000 /* nanoseconds */ };

static const uint64_t patience = 10000000000; /* nanoseconds */

static void sleep_for(long nanoseconds) {
  nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
}

static void work_for(uint64_t nanoseconds) {
  uint64_t began = clock_of_thread();
  while (clock_of_thread() - began < nanoseconds) {
  }
}

static void test_work(void) {
  struct allowance allowance = {.most = MOST};
  uint64_t began = clock_nanoseconds();
  uint64_t processor = clock_of_thread();
  CHECK(!allowance_look(&allowance));
  while (!allowance_look(&allowance) && clock_nanoseconds() - began < patience)
    work_for(10000);
  CHECK(allowance.is_used_up);
  CHECK(clock_of_thread() - processor >= MOST);
  CHECK(allowance_look(&allowance)); /* and stays so */
}

static void test_waiting(void) {
  struct allowance allowance = {.most = MOST};
  for (int i = 0; i < 10; i++) {
    CHECK(!allowance_look(&allowance));
    sleep_for(MOST);
  }
}

static void test_longest_stretch(void) {
  struct allowance allowance = {.most = MOST};
  CHECK(!allowance_look(&allowance));
  work_for((uint64_t)10 * MOST);
  CHECK(!allowance_look(&allowance));
  work_for(MOST / 2);
  CHECK(!allowance_look(&allowance));
  work_for((uint64_t)10 * MOST);
  CHECK(allowance_look(&allowance));
}

/* While the thread waits, a stretch gets no longer. */
static void test_stretch_of_waiting(void) {
  struct allowance allowance = {.most = MOST};
  CHECK(!allowance_look(&allowance));
  work_for((uint64_t)2 * MOST);
  sleep_for((long)20 * MOST);
  CHECK(!allowance_look(&allowance));
  work_for((uint64_t)2 * MOST);
  CHECK(allowance_look(&allowance));
}

int main(void) {
  test_work();
  test_waiting();
  test_longest_stretch();
  test_stretch_of_waiting();
  return check_report();
}

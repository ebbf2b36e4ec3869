/*
** A run that goes on and on is told of, and no other.
*/
#include "check.h"
#include "lib/clock.h"
#include "lua/vm/watchdog.h"

#include <signal.h>
#include <time.h>

enum {
  LIMIT = 60,      /* milliseconds */
  A_WHILE = 300,   /* in which a run past LIMIT would have been told of */
  NONE = 0,        /* no limit */
  PATIENCE = 10000 /* milliseconds until what must happen has happened */
};

static struct watchdog watchdog;
static volatile sig_atomic_t told;

static void on_overdue(void *context) {
  (void)context;
  told++;
}

static bool is_told(void) {
  return told > 0;
}

/* It has looked once more after it has found the run overdue: the signal of the
   look before is sent. */
static bool is_signalled(void) {
  return atomic_load(&watchdog.overdue) == atomic_load(&watchdog.run) &&
         atomic_load(&watchdog.held) >= A_WHILE;
}

static bool wait_for(bool (*has_happened)(void), uint64_t milliseconds) {
  uint64_t until = clock_monotonic() + milliseconds;
  while (!has_happened() && clock_monotonic() < until)
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  return has_happened();
}

static void begin_or_end(void) {
  told = 0;
  watchdog_next(&watchdog);
}

static void test_overdue(void) {
  begin_or_end();
  CHECK(wait_for(is_told, PATIENCE));
  CHECK(atomic_load(&watchdog.held) >= LIMIT);
  begin_or_end();
}

static void test_nothing_runs(void) {
  begin_or_end();
  begin_or_end();
  CHECK(!wait_for(is_told, A_WHILE));
}

/* The signal of a run reaches the thread when the next one has begun. */
static void test_late_signal(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  begin_or_end();
  CHECK(wait_for(is_signalled, PATIENCE));
  atomic_store(&watchdog.limit, NONE);
  begin_or_end();
  begin_or_end();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  CHECK(told == 0);
  begin_or_end();
  atomic_store(&watchdog.limit, LIMIT);
}

static void test_pause(void) {
  watchdog_pause(&watchdog, true);
  begin_or_end();
  CHECK(!wait_for(is_told, A_WHILE));
  watchdog_pause(&watchdog, false);
  CHECK(wait_for(is_told, PATIENCE));
  begin_or_end();
}

int main(void) {
  atomic_store(&watchdog.limit, LIMIT);
  CHECK(watchdog_start(&watchdog, on_overdue, NULL));
  test_overdue();
  test_nothing_runs();
  test_late_signal();
  test_pause();
  watchdog_stop(&watchdog);
  return check_report();
}

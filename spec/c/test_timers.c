/*
** Timers under a clock that stands still until it is told to go on.
*/
#include "check.h"

#include "lib/timers.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 500 };

/* A timer that writes its name down when it is due and does what it was made
   for. */
struct bell {
  struct timer timer;
  char name;
  void (*then)(struct bell *bell);
  struct bell *other;
  unsigned rung;
};

static uint64_t now;
static struct timers timers;
static char rung[64]; /* the names of the bells, in their order */

static uint64_t read_clock(void *context) {
  return *(uint64_t *)context;
}

static void on_due(struct timer *timer) {
  struct bell *bell = owner_of(timer, struct bell, timer);
  CHECK(!timer_is_running(timer));
  size_t size = strlen(rung);
  if (size < sizeof rung - 1) rung[size] = bell->name;
  bell->rung++;
  if (bell->then) bell->then(bell);
}

static struct bell make(char name) {
  return (struct bell){.timer.on_due = on_due, .name = name};
}

static void begin(void) {
  now = 1000;
  memset(rung, 0, sizeof rung);
  timers_open(&timers, read_clock, &now);
}

static void start(struct bell *bell, uint64_t milliseconds) {
  timer_start(&timers, &bell->timer, milliseconds);
}

static void run_at(uint64_t time) {
  now = time;
  timers_run(&timers);
}

static bool did_ring(const char *names) {
  return strcmp(rung, names) == 0;
}

static void test_nothing(void) {
  begin();
  struct bell a = make('a');
  CHECK(timers_next(&timers) == TIMERS_NONE);
  CHECK(!timer_is_running(&a.timer));
  timer_stop(&timers, &a.timer);
  timers_run(&timers);
  CHECK(did_ring(""));
  timers_close(&timers);
}

static void test_deadlines(void) {
  begin();
  struct bell a = make('a'), b = make('b'), c = make('c');
  CHECK(timers_now(&timers) == 1000);
  start(&a, 30);
  start(&b, 10);
  start(&c, 20);
  CHECK(timers_next(&timers) == 10);
  CHECK(timer_is_running(&b.timer));
  run_at(1009);
  CHECK(did_ring(""));
  CHECK(timers_next(&timers) == 1);
  run_at(1010);
  CHECK(did_ring("b"));
  CHECK(timers_next(&timers) == 10);
  now = 5000;
  CHECK(timers_next(&timers) == 0);
  timers_run(&timers);
  CHECK(did_ring("bca"));
  CHECK(timers_next(&timers) == TIMERS_NONE);
  timers_close(&timers);
}

static void test_equal_deadlines(void) {
  begin();
  struct bell bells[20];
  for (int i = 0; i < 20; i++) {
    bells[i] = make((char)('a' + i));
    start(&bells[i], 5);
  }
  start(&bells[3], 5);
  run_at(1005);
  CHECK(did_ring("abcefghijklmnopqrstd"));
  timers_close(&timers);
}

static void test_restart(void) {
  begin();
  struct bell a = make('a'), b = make('b');
  start(&a, 10);
  start(&b, 20);
  start(&a, 30);
  CHECK(timers_next(&timers) == 20);
  start(&b, 5);
  CHECK(timers_next(&timers) == 5);
  run_at(1030);
  CHECK(did_ring("ba"));
  timers_close(&timers);
}

static void test_stop(void) {
  begin();
  struct bell a = make('a'), b = make('b'), c = make('c');
  start(&a, 10);
  start(&b, 20);
  start(&c, 30);
  timer_stop(&timers, &b.timer);
  timer_stop(&timers, &b.timer);
  CHECK(!timer_is_running(&b.timer));
  run_at(1030);
  CHECK(did_ring("ac"));
  timers_close(&timers);
}

static void stop_other(struct bell *bell) {
  timer_stop(&timers, &bell->other->timer);
}

static void test_stop_inside(void) {
  begin();
  struct bell a = make('a'), b = make('b'), c = make('c');
  a.then = stop_other;
  a.other = &b;
  c.then = stop_other;
  c.other = &c;
  start(&a, 10);
  start(&b, 10);
  start(&c, 10);
  run_at(1010);
  CHECK(did_ring("ac"));
  CHECK(timers_next(&timers) == TIMERS_NONE);
  timers_close(&timers);
}

static void free_other(struct bell *bell) {
  timer_stop(&timers, &bell->other->timer);
  free(bell->other);
}

static void test_free_inside(void) {
  begin();
  struct bell a = make('a');
  struct bell *b = malloc(sizeof *b);
  if (!b) abort();
  *b = make('b');
  a.then = free_other;
  a.other = b;
  start(b, 20);
  start(&a, 10);
  run_at(1020);
  CHECK(did_ring("a"));
  timers_close(&timers);
}

static void start_at_once(struct bell *bell) {
  start(bell, 0);
}

/* Due at once, and nevertheless the next run's, the clock standing still. */
static void test_start_inside(void) {
  begin();
  struct bell a = make('a'), b = make('b');
  a.then = start_at_once;
  start(&a, 10);
  start(&b, 10);
  run_at(1010);
  CHECK(did_ring("ab"));
  CHECK(timers_next(&timers) == 0);
  timers_run(&timers);
  CHECK(did_ring("aba"));
  run_at(1011);
  CHECK(did_ring("abaa"));
  timers_close(&timers);
}

static void start_other_at_once(struct bell *bell) {
  start(bell->other, 0);
}

/* One that was due in this run and is started anew meanwhile waits too. */
static void test_restart_inside(void) {
  begin();
  struct bell a = make('a'), b = make('b');
  a.then = start_other_at_once;
  a.other = &b;
  start(&a, 5);
  start(&b, 6);
  run_at(1010);
  CHECK(did_ring("a"));
  timers_run(&timers);
  CHECK(did_ring("ab"));
  timers_close(&timers);
}

static void start_while_time_passes(struct bell *bell) {
  now += 100;
  start(bell, 0);
}

/* What falls due while the run lasts is the next run's. */
static void test_time_passes_inside(void) {
  begin();
  struct bell a = make('a'), b = make('b');
  a.then = start_while_time_passes;
  start(&a, 10);
  start(&b, 50);
  run_at(1010);
  CHECK(did_ring("a"));
  CHECK(timers_next(&timers) == 0);
  timers_run(&timers);
  CHECK(did_ring("aba"));
  timers_close(&timers);
}

/* The count of starts wraps round and equal deadlines keep their order. */
static void test_wrapped_count(void) {
  begin();
  timers.starts = UINT32_MAX - 1;
  struct bell bells[4];
  for (int i = 0; i < 4; i++) {
    bells[i] = make((char)('a' + i));
    bells[i].then = start_at_once;
    start(&bells[i], 5);
  }
  run_at(1005);
  CHECK(did_ring("abcd"));
  timers_close(&timers);
}

static void test_far_deadline(void) {
  begin();
  struct bell a = make('a');
  start(&a, UINT64_MAX);
  CHECK(timers_next(&timers) == INT64_MAX);
  timers_run(&timers);
  CHECK(did_ring(""));
  timers_close(&timers);
  CHECK(!timer_is_running(&a.timer));
  timer_stop(&timers, &a.timer);
}

/* Random starts and stops (always the same), against a plain scan. */
static void test_many(void) {
  static struct bell bells[MANY];
  static uint64_t due[MANY]; /* 0: stopped */
  uint32_t state = 12345;
  begin();
  for (int i = 0; i < MANY; i++) {
    bells[i] = make('x');
  }
  for (int round = 0; round < 50000; round++) {
    state = state * 1664525 + 1013904223;
    unsigned i = (state >> 8) % MANY;
    unsigned before = bells[i].rung;
    if (state >> 30 == 0) {
      timer_stop(&timers, &bells[i].timer);
      due[i] = 0;
    } else {
      start(&bells[i], state >> 20 & 0xff);
      due[i] = now + (state >> 20 & 0xff);
    }
    if (round % 3 == 0) now++;
    bool was_due = due[i] && due[i] <= now;
    int64_t next = TIMERS_NONE;
    for (int k = 0; k < MANY; k++) {
      if (due[k] && due[k] <= now) due[k] = 0;
      int64_t left = (int64_t)(due[k] - now);
      if (due[k] && (next == TIMERS_NONE || left < next)) next = left;
    }
    timers_run(&timers);
    CHECK(timers_next(&timers) == next);
    CHECK(bells[i].rung == before + was_due);
    CHECK(timer_is_running(&bells[i].timer) == (due[i] != 0));
  }
  timers_close(&timers);
}

/* A look says what is due, whatever the clock says when it is called. */
static void test_look(void) {
  begin();
  struct bell a = make('a'), b = make('b'), c = make('c');
  start(&a, 10);
  start(&b, 20);
  now = 1010;
  struct timers_look look = timers_look(&timers);
  start(&c, 0);
  now = 5000;
  timers_run_due(&timers, look);
  CHECK(did_ring("a"));
  timers_run_due(&timers, look);
  CHECK(did_ring("a"));
  timers_run_due(&timers, timers_look(&timers));
  CHECK(did_ring("acb"));
  timers_close(&timers);
}

int main(void) {
  test_nothing();
  test_deadlines();
  test_equal_deadlines();
  test_restart();
  test_stop();
  test_stop_inside();
  test_free_inside();
  test_start_inside();
  test_restart_inside();
  test_time_passes_inside();
  test_wrapped_count();
  test_far_deadline();
  test_look();
  test_many();
  return check_report();
}

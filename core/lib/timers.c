/*
** A pairing heap: a tree in which no timer is due before its parent. The links
** lie in the timers themselves, so that starting one needs no memory and
** cannot fail. Timers with the same deadline come in the order of their
** starts.
*/
#include "lib/timers.h"

#include <stddef.h>

void timers_open(struct timers *timers, uint64_t (*clock)(void *context),
                 void *context) {
  *timers =
      (struct timers){.clock = clock, .last_look = clock, .context = context};
}

void timers_close(struct timers *timers) {
  while (timers->first) {
    timer_stop(timers, timers->first);
  }
}

uint64_t timers_now(const struct timers *timers) {
  return timers->clock(timers->context);
}

uint64_t timers_last_look(const struct timers *timers) {
  return timers->last_look(timers->context);
}

/* --- the tree --- */

/* The counter of starts may wrap round; only the distance between two counts
   matters. */
static bool started_before(uint32_t start, uint32_t other) {
  return (int32_t)(start - other) < 0;
}

static bool is_sooner(const struct timer *a, const struct timer *b) {
  if (a->due != b->due) return a->due < b->due;
  return started_before(a->start, b->start);
}

/* Makes one tree of two, either of which may be NULL. */
static struct timer *merge_trees(struct timer *a, struct timer *b) {
  if (!a || !b) return a ? a : b;
  if (is_sooner(b, a)) {
    struct timer *sooner = b;
    b = a;
    a = sooner;
  }
  b->next = a->child;
  if (b->next) b->next->previous = b;
  b->previous = a;
  a->child = b;
  return a;
}

/* Makes one tree of a list: first it merges each two neighbours, then all of
   these from the last to the first. This order keeps the tree flat. */
static struct timer *merge_list(struct timer *first) {
  struct timer *pairs = NULL;
  struct timer *whole = NULL;
  while (first) {
    struct timer *a = first;
    struct timer *b = a->next;
    first = b ? b->next : NULL;
    a->next = a->previous = NULL;
    if (b) b->next = b->previous = NULL;
    a = merge_trees(a, b);
    a->next = pairs;
    pairs = a;
  }
  while (pairs) {
    struct timer *next = pairs->next;
    pairs->next = NULL;
    whole = merge_trees(whole, pairs);
    pairs = next;
  }
  return whole;
}

/* Removes a timer that is not the root from its parent or previous sibling. */
static void cut_timer(struct timer *timer) {
  struct timer *previous = timer->previous;
  if (previous->child == timer)
    previous->child = timer->next;
  else
    previous->next = timer->next;
  if (timer->next) timer->next->previous = previous;
  timer->next = timer->previous = NULL;
}

/* --- timers --- */

void timer_start(struct timers *timers, struct timer *timer,
                 uint64_t milliseconds) {
  timer_stop(timers, timer);
  uint64_t now = timers_now(timers);
  timer->due =
      milliseconds > UINT64_MAX - now ? UINT64_MAX : now + milliseconds;
  timer->start = timers->starts++;
  timer->is_running = true;
  timers->first = merge_trees(timers->first, timer);
}

void timer_stop(struct timers *timers, struct timer *timer) {
  if (!timer->is_running) return;
  if (timer != timers->first) cut_timer(timer);
  struct timer *rest = merge_list(timer->child);
  timers->first =
      timer == timers->first ? rest : merge_trees(timers->first, rest);
  timer->child = NULL;
  timer->is_running = false;
}

bool timer_is_running(const struct timer *timer) {
  return timer->is_running;
}

int64_t timers_next(const struct timers *timers) {
  if (!timers->first) return TIMERS_NONE;
  uint64_t due = timers->first->due;
  uint64_t now = timers_now(timers);
  if (due <= now) return 0;
  return due - now > INT64_MAX ? INT64_MAX : (int64_t)(due - now);
}

struct timers_look timers_look(const struct timers *timers) {
  return (struct timers_look){timers_now(timers), timers->starts};
}

/* Whether the timer was due at that look. A timer started after the look is due
   at its time or later, and does not count. */
static bool was_due(const struct timer *timer, struct timers_look look) {
  if (timer->due != look.now) return timer->due < look.now;
  return started_before(timer->start, look.starts);
}

void timers_run_due(struct timers *timers, struct timers_look look) {
  while (timers->first && was_due(timers->first, look)) {
    struct timer *timer = timers->first;
    timer_stop(timers, timer);
    timer->on_due(timer);
  }
}

void timers_run(struct timers *timers) {
  timers_run_due(timers, timers_look(timers));
}

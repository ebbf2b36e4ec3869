/*
** The heap lies in an array: the children of place n are 2n and 2n + 1, places
** counted from 1. Every timer knows its place, so that it can be taken out of
** the middle. Equal deadlines come in the order of their starts.
*/
#include "model/timers.h"

#include <stdlib.h>

enum { SMALLEST = 16 };

void timers_open(struct timers *timers, uint64_t (*clock)(void *context),
                 void *context) {
  *timers =
      (struct timers){.clock = clock, .last_look = clock, .context = context};
}

void timers_close(struct timers *timers) {
  for (uint32_t i = 0; i < timers->count; i++) {
    timers->heap[i]->place = 0;
  }
  free(timers->heap);
  timers->heap = NULL;
  timers->count = 0;
  timers->capacity = 0;
}

uint64_t timers_now(const struct timers *timers) {
  return timers->clock(timers->context);
}

uint64_t timers_last_look(const struct timers *timers) {
  return timers->last_look(timers->context);
}

/* The counter of starts may wrap round; only the distance of two counts. */
static bool started_before(uint32_t start, uint32_t other) {
  return (int32_t)(start - other) < 0;
}

static bool is_sooner(const struct timer *a, const struct timer *b) {
  if (a->due != b->due) return a->due < b->due;
  return started_before(a->start, b->start);
}

static struct timer *at(const struct timers *timers, uint32_t place) {
  return timers->heap[place - 1];
}

static void put(struct timers *timers, uint32_t place, struct timer *timer) {
  timers->heap[place - 1] = timer;
  timer->place = place;
}

static void move_up(struct timers *timers, struct timer *timer) {
  uint32_t place = timer->place;
  while (place > 1 && is_sooner(timer, at(timers, place / 2))) {
    put(timers, place, at(timers, place / 2));
    place /= 2;
  }
  put(timers, place, timer);
}

static void move_down(struct timers *timers, struct timer *timer) {
  uint32_t place = timer->place;
  while (place <= timers->count / 2) {
    uint32_t child = place * 2;
    if (child < timers->count &&
        is_sooner(at(timers, child + 1), at(timers, child))) {
      child++;
    }
    if (!is_sooner(at(timers, child), timer)) break;
    put(timers, place, at(timers, child));
    place = child;
  }
  put(timers, place, timer);
}

static bool make_room(struct timers *timers) {
  if (timers->count < timers->capacity) return true;
  if (timers->capacity > UINT32_MAX / 2) return false;
  uint32_t capacity = timers->capacity ? timers->capacity * 2 : SMALLEST;
  struct timer **heap =
      realloc(timers->heap, capacity * sizeof(struct timer *));
  if (!heap) return false;
  timers->heap = heap;
  timers->capacity = capacity;
  return true;
}

bool timer_start(struct timers *timers, struct timer *timer,
                 uint64_t milliseconds) {
  if (!timer->place && !make_room(timers)) return false;
  uint64_t now = timers_now(timers);
  timer->due =
      milliseconds > UINT64_MAX - now ? UINT64_MAX : now + milliseconds;
  timer->start = timers->starts++;
  if (!timer->place) put(timers, ++timers->count, timer);
  move_up(timers, timer);
  move_down(timers, timer);
  return true;
}

void timer_stop(struct timers *timers, struct timer *timer) {
  if (!timer->place) return;
  struct timer *last = at(timers, timers->count--);
  if (last != timer) {
    put(timers, timer->place, last);
    move_up(timers, last);
    move_down(timers, last);
  }
  timer->place = 0;
}

bool timer_is_running(const struct timer *timer) {
  return timer->place != 0;
}

int64_t timers_next(const struct timers *timers) {
  if (timers->count == 0) return TIMERS_NONE;
  uint64_t due = at(timers, 1)->due;
  uint64_t now = timers_now(timers);
  if (due <= now) return 0;
  return due - now > INT64_MAX ? INT64_MAX : (int64_t)(due - now);
}

/* Whether the timer was due at `now`, when `starts` timers had been started.
   One started since is due at `now` at the earliest. */
static bool was_due(const struct timer *timer, uint64_t now, uint32_t starts) {
  if (timer->due != now) return timer->due < now;
  return started_before(timer->start, starts);
}

void timers_run(struct timers *timers) {
  uint64_t now = timers_now(timers);
  uint32_t starts = timers->starts;
  while (timers->count > 0 && was_due(at(timers, 1), now, starts)) {
    struct timer *timer = at(timers, 1);
    timer_stop(timers, timer);
    timer->on_due(timer);
  }
}

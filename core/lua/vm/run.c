#include "lua/vm/run.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "lua/vm/vm.h"
#include "model/registry.h"

#include <assert.h>
#include <lauxlib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* --- the list --- */

/* A signal handler may read the list at any moment: a node is written
   completely before it becomes reachable. */
static void publish_innermost(struct run *run, struct running *innermost) {
  atomic_signal_fence(memory_order_release);
  run->innermost = innermost;
  atomic_signal_fence(memory_order_release);
}

void run_enter(struct scripts *scripts, struct running *inner,
               lua_State *thread) {
  inner->thread = thread;
  inner->outer = scripts->run.innermost;
  publish_innermost(&scripts->run, inner);
}

void run_leave(struct scripts *scripts) {
  publish_innermost(&scripts->run, scripts->run.innermost->outer);
}

/* --- a heap that is short --- */

enum {
  COLLECT_AGAIN = 10000, /* milliseconds */
  STEPS = 2              /* of the collector, about a millisecond each */
};

/* By itself Lua collects only when the heap has doubled. While the heap is
   short, a part of it is collected before each run. */
static void collect_some(struct scripts *scripts) {
  for (int i = 0; i < STEPS; i++) {
    if (lua_gc(scripts->L, LUA_GCSTEP, 0) == 0) continue;
    memory_collected(&scripts->run.memory);
    return;
  }
}

/* Collects all garbage at most once in COLLECT_AGAIN: the heap may hold only
   garbage while no run begins that would collect it. */
static bool stays_short(struct scripts *scripts) {
  struct run *run = &scripts->run;
  if (!memory_is_short(&run->memory)) return false;
  uint64_t now = clock_monotonic();
  if (run->collected == 0 || now - run->collected >= COLLECT_AGAIN) {
    run->collected = now;
    lua_gc(scripts->L, LUA_GCCOLLECT);
    memory_collected(&run->memory);
  }
  return memory_is_short(&run->memory);
}

void run_begin(struct scripts *scripts, struct running *root,
               lua_State *thread) {
  struct run *run = &scripts->run;
  assert(!run->innermost);
  if (run->memory.is_short) collect_some(scripts);
  root->thread = thread;
  root->outer = NULL;
  run->cause = RUN_GOES_ON;
  run->is_closing = run->is_closed = false;
  run->raised = NULL;
  run->story.size = 0;
  memory_begin(&run->memory);
  publish_innermost(run, root);
  watchdog_next(&run->watchdog);
}

void run_end(struct scripts *scripts) {
  struct run *run = &scripts->run;
  watchdog_next(&run->watchdog);
  watchdog_pause(&run->watchdog, false);
  publish_innermost(run, NULL);
  memory_end(&run->memory);
}

void run_again(struct scripts *scripts) {
  struct run *run = &scripts->run;
  memory_begin(&run->memory);
  watchdog_pause(&run->watchdog, false);
  watchdog_next(&run->watchdog);
  watchdog_next(&run->watchdog);
}

/* --- limits --- */

static void on_overdue(void *context) {
  run_stop(context, RUN_TIME);
}

static void tell_of_shortage(struct scripts *scripts) {
  struct run *run = &scripts->run;
  if (!minute_add(&run->shortages, clock_monotonic() / 1000 + 1)) return;
  log_event(LOG_WARN,
            "memory is short: the scripts hold %zu of the %zu MiB of "
            "limits.memory; new connections are refused",
            run->memory.used >> 20, run->memory.limit >> 20);
}

static void on_memory(void *context, enum memory_event event) {
  struct scripts *scripts = context;
  switch (event) {
  case MEMORY_RUN_PASSED:
    run_stop(scripts, RUN_MEMORY);
    break;
  case MEMORY_HEAP_PASSED:
    tell_of_shortage(scripts);
    run_stop(scripts, RUN_HEAP);
    break;
  case MEMORY_SHORT:
    tell_of_shortage(scripts);
    break;
  case MEMORY_COLLECTS:
    watchdog_pause(&scripts->run.watchdog, true);
    break;
  case MEMORY_COLLECTED:
    watchdog_pause(&scripts->run.watchdog, false);
    break;
  }
}

bool run_is_short(struct scripts *scripts) {
  if (!stays_short(scripts)) return false;
  tell_of_shortage(scripts);
  return true;
}

static bool is_heap_short(void *context) {
  return run_is_short(context);
}

void run_set_limits(struct scripts *scripts, uint64_t time, uint64_t memory,
                    uint64_t heap) {
  struct run *run = &scripts->run;
  atomic_store(&run->watchdog.limit, time);
  memory_set_limits(&run->memory, memory, heap);
  if (run->innermost) run_again(scripts);
}

bool run_open(struct scripts *scripts) {
  struct run *run = &scripts->run;
  run->memory.on_event = on_memory;
  run->memory.context = scripts;
  memory_open(&run->memory, scripts->L);
  scripts->registry->is_short = is_heap_short;
  return watchdog_start(&run->watchdog, on_overdue, scripts);
}

void run_close(struct scripts *scripts) {
  watchdog_stop(&scripts->run.watchdog);
  buffer_free(&scripts->run.story);
}

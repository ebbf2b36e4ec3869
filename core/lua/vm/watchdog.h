#ifndef BASE_LUA_VM_WATCHDOG_H
#define BASE_LUA_VM_WATCHDOG_H

/*
** A thread that notices when a script runs on and on. It looks at a number
** which the loop's thread changes whenever a run begins or ends, so that an
** ordinary run costs two additions. Knows nothing of Lua.
**
** Past the limit it sends the loop's thread a signal, again and again until
** that run has ended; the signal's handler calls `on_overdue` there.
*/
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct watchdog {
  _Atomic uint64_t run;     /* odd while one runs; the loop's thread writes */
  _Atomic uint64_t overdue; /* the run that is to end; the watchdog writes */
  _Atomic uint64_t held;    /* milliseconds that it had taken by then */
  _Atomic uint64_t limit;   /* milliseconds, or 0: none */
  _Atomic bool is_paused;   /* what takes time now is not the run's own */
  /* In a handler of signals: only what may be done there. */
  void (*on_overdue)(void *context);
  void *context;
  pthread_t loop;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t wake; /* to end */
  bool is_ending;
  bool is_started;
};

/* To be called by the loop's thread; there is one at a time in a process. False
   when there is no thread to be had. */
bool watchdog_start(struct watchdog *watchdog, void (*on_overdue)(void *),
                    void *context);
void watchdog_stop(struct watchdog *watchdog);

/* A run begins, or ends: the next number. Only one thread writes it. */
static inline void watchdog_next(struct watchdog *watchdog) {
  uint64_t run = atomic_load_explicit(&watchdog->run, memory_order_relaxed);
  atomic_store_explicit(&watchdog->run, run + 1, memory_order_relaxed);
}

/* The time until it is false again is not counted: two seconds of one run at
   most. */
static inline void watchdog_pause(struct watchdog *watchdog, bool is_paused) {
  atomic_store_explicit(&watchdog->is_paused, is_paused, memory_order_relaxed);
}

#endif

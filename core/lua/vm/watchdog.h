#ifndef BASE_LUA_VM_WATCHDOG_H
#define BASE_LUA_VM_WATCHDOG_H

/*
** A thread that notices when a script runs for too long. It reads a number that
** the loop's thread changes whenever a run begins or ends; that costs an
** ordinary run two additions. It knows nothing of Lua.
**
** When the limit has passed, it sends a signal to the loop's thread, again and
** again until that run has ended. The signal handler calls `on_overdue` there.
*/
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct watchdog {
  _Atomic uint64_t run;     /* odd during a run; written by the loop's thread */
  _Atomic uint64_t overdue; /* the run to end; written by the watchdog */
  _Atomic uint64_t held;    /* milliseconds that this run had taken */
  _Atomic uint64_t limit;   /* milliseconds, or 0: none */
  _Atomic bool is_paused;   /* the time that passes now is not counted */
  /* Runs in a signal handler: it may do only what is async-signal-safe. */
  void (*on_overdue)(void *context);
  void *context;
  pthread_t loop;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t wake; /* wakes the thread when it is to end */
  bool is_ending;
  bool is_started;
};

/* Called by the loop's thread. There is one watchdog in a process. False when
   the thread cannot be started. */
bool watchdog_start(struct watchdog *watchdog, void (*on_overdue)(void *),
                    void *context);
void watchdog_stop(struct watchdog *watchdog);

/* A run begins or ends: counts `run` on. Only one thread writes it. */
static inline void watchdog_next(struct watchdog *watchdog) {
  uint64_t run = atomic_load_explicit(&watchdog->run, memory_order_relaxed);
  atomic_store_explicit(&watchdog->run, run + 1, memory_order_relaxed);
}

/* While paused, time is not counted, up to two seconds of one run. */
static inline void watchdog_pause(struct watchdog *watchdog, bool is_paused) {
  atomic_store_explicit(&watchdog->is_paused, is_paused, memory_order_relaxed);
}

#endif

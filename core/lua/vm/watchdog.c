#include "lua/vm/watchdog.h"

#include "lib/clock.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

enum {
  PERIOD = 50,         /* milliseconds between two looks */
  LONGEST_PAUSE = 2000 /* of one run, in milliseconds */
};

static struct watchdog *started; /* read by the signal handler */

/* Neither libuv nor a terminal uses real-time signals. ThreadSanitizer holds
   back all signals except those of faults, so for it the build names one of
   them. */
static int signal_number(void) {
#ifdef BASE_WATCHDOG_SIGNAL
  return BASE_WATCHDOG_SIGNAL;
#else
  return SIGRTMIN + 1;
#endif
}

/* Compares the run numbers: the run may have ended since the signal was
   sent. */
static void on_overdue_signal(int number) {
  (void)number;
  int saved = errno;
  struct watchdog *watchdog = started;
  if (watchdog &&
      atomic_load(&watchdog->overdue) == atomic_load(&watchdog->run))
    watchdog->on_overdue(watchdog->context);
  errno = saved;
}

/* False when the thread is to end. */
static bool wait_a_period(struct watchdog *watchdog) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += PERIOD * 1000000L;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_nsec -= 1000000000L;
    until.tv_sec++;
  }
  pthread_mutex_lock(&watchdog->lock);
  int status = 0;
  while (!watchdog->is_ending && status != ETIMEDOUT)
    status = pthread_cond_timedwait(&watchdog->wake, &watchdog->lock, &until);
  bool goes_on = !watchdog->is_ending;
  pthread_mutex_unlock(&watchdog->lock);
  return goes_on;
}

/* What the watchdog knows of the run that it saw last. */
struct look {
  uint64_t run;
  uint64_t since;  /* when it began, moved on by the pauses */
  uint64_t last;   /* time of the last look */
  uint64_t paused; /* milliseconds */
};

/* Returns the milliseconds that the run has taken. */
static uint64_t look_at(struct watchdog *watchdog, struct look *look) {
  uint64_t now = clock_monotonic();
  uint64_t run = atomic_load(&watchdog->run);
  uint64_t passed = now - look->last;
  look->last = now;
  if (run != look->run)
    *look = (struct look){.run = run, .since = now, .last = now};
  else if (atomic_load(&watchdog->is_paused) && look->paused < LONGEST_PAUSE) {
    look->paused += passed;
    look->since += passed;
  }
  return now - look->since;
}

static void *watch_runs(void *argument) {
  struct watchdog *watchdog = argument;
  struct look look = {0};
  while (wait_a_period(watchdog)) {
    uint64_t held = look_at(watchdog, &look);
    uint64_t limit = atomic_load(&watchdog->limit);
    if (look.run % 2 == 0 || limit == 0 || held < limit) continue;
    atomic_store(&watchdog->held, held);
    atomic_store(&watchdog->overdue, look.run);
    pthread_kill(watchdog->loop, signal_number());
  }
  return NULL;
}

/* The thread blocks all signals: they are for the loop's thread. */
static bool start_thread(struct watchdog *watchdog) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int status = pthread_create(&watchdog->thread, NULL, watch_runs, watchdog);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return status == 0;
}

bool watchdog_start(struct watchdog *watchdog, void (*on_overdue)(void *),
                    void *context) {
  watchdog->on_overdue = on_overdue;
  watchdog->context = context;
  watchdog->loop = pthread_self();
  pthread_mutex_init(&watchdog->lock, NULL);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&watchdog->wake, &attributes);
  pthread_condattr_destroy(&attributes);
  started = watchdog;
  struct sigaction action = {.sa_handler = on_overdue_signal,
                             .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(signal_number(), &action, NULL);
  watchdog->is_started = start_thread(watchdog);
  return watchdog->is_started;
}

/* The handler stays installed: a signal may still be under way. */
void watchdog_stop(struct watchdog *watchdog) {
  if (!watchdog->is_started) return;
  pthread_mutex_lock(&watchdog->lock);
  watchdog->is_ending = true;
  pthread_cond_signal(&watchdog->wake);
  pthread_mutex_unlock(&watchdog->lock);
  pthread_join(watchdog->thread, NULL);
  pthread_cond_destroy(&watchdog->wake);
  pthread_mutex_destroy(&watchdog->lock);
  watchdog->is_started = false;
  started = NULL;
}

#include "api/watchdog.h"

#include "model/clock.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

enum { PERIOD = 50 /* milliseconds between two looks */ };

static struct watchdog *started; /* the handler's */

/* Real-time signals are nobody's: not libuv's, and no terminal sends them. */
static int signal_number(void) {
  return SIGRTMIN + 1;
}

/* The run may have ended since the signal was sent. */
static void on_signal(int number) {
  (void)number;
  int saved = errno;
  struct watchdog *watchdog = started;
  if (watchdog &&
      atomic_load(&watchdog->overdue) == atomic_load(&watchdog->run))
    watchdog->on_overdue(watchdog->context);
  errno = saved;
}

/* False once it is to end. */
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

static void *watch(void *argument) {
  struct watchdog *watchdog = argument;
  uint64_t seen = 0;
  uint64_t since = 0;
  while (wait_a_period(watchdog)) {
    uint64_t run = atomic_load(&watchdog->run);
    uint64_t limit = atomic_load(&watchdog->limit);
    uint64_t now = clock_monotonic();
    if (run != seen) {
      seen = run;
      since = now;
      atomic_store(&watchdog->allowance, 0);
    }
    uint64_t held = now - since;
    if (run % 2 == 0 || limit == 0) continue;
    if (held < limit + atomic_load(&watchdog->allowance)) continue;
    atomic_store(&watchdog->held, held);
    atomic_store(&watchdog->overdue, run);
    pthread_kill(watchdog->loop, signal_number());
  }
  return NULL;
}

/* The thread takes no signal that is meant for the loop's. */
static bool start_thread(struct watchdog *watchdog) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int status = pthread_create(&watchdog->thread, NULL, watch, watchdog);
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
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(signal_number(), &action, NULL);
  watchdog->is_started = start_thread(watchdog);
  return watchdog->is_started;
}

/* The handler stays: a signal may still be on its way. */
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

void watchdog_allow(struct watchdog *watchdog, uint64_t milliseconds) {
  atomic_fetch_add(&watchdog->allowance, milliseconds);
}

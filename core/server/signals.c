#include "server/signals.h"

#include "lib/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PATIENCE = 1 /* seconds for the loop to end after the second signal */ };

static const char last_words[] = "base: ended at once by a second signal\n";

/* The loop gets them in this order. */
static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};
enum { COUNT = sizeof numbers / sizeof *numbers };

/* Written by the handlers. */
static atomic_uint came[COUNT]; /* since the loop last got them */
static atomic_uint ends;        /* how many signals to end have come */
static atomic_int last;         /* the second one of those */
static atomic_int wake = -1;    /* an eventfd, which stays open */

static bool ends_us(int number) {
  return number == SIGTERM || number == SIGINT;
}

static void note_signal(int number) {
  static const uint64_t one = 1;
  int saved = errno;
  for (int i = 0; i < COUNT; i++)
    if (numbers[i] == number) atomic_fetch_add(&came[i], 1);
  if (ends_us(number) && atomic_fetch_add(&ends, 1) == 1) {
    atomic_store(&last, number);
    alarm(PATIENCE);
  }
  int descriptor = atomic_load(&wake);
  if (descriptor >= 0 && write(descriptor, &one, sizeof one) < 0) {
    /* The eventfd is full: it wakes the loop anyway. */
  }
  errno = saved;
}

/* The loop hangs, or does not end in time. */
static void on_second_signal_alarm(int number) {
  (void)number;
  int why = atomic_load(&last);
  if (why == 0) return; /* a script has set the alarm */
  struct pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT};
  if (poll(&log, 1, 0) == 1 &&
      write(STDERR_FILENO, last_words, strlen(last_words)) < 0) {
    /* The text is lost: nobody reads standard error. */
  }
  _exit(128 + why);
}

static void on_nothing(int number) {
  (void)number;
}

static void handle_signal(int number, void (*handler)(int number)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

/* With a handler a write to a closed pipe or socket fails with an error instead
   of ending the process, and so does a write to a file that has reached its
   largest size. */
void signals_hold_again(void) {
  handle_signal(SIGPIPE, on_nothing);
  handle_signal(SIGXFSZ, on_nothing);
}

void signals_hold(void) {
  handle_signal(SIGHUP, note_signal);
  handle_signal(SIGUSR2, note_signal);
  signals_hold_again();
  handle_signal(SIGCHLD, SIG_DFL); /* if it were ignored, nobody could wait for
                                      a child */
}

static void tell_loop(struct signals *signals) {
  for (int i = 0; i < COUNT; i++) {
    unsigned times = atomic_exchange(&came[i], 0);
    if (times > 1 && !ends_us(numbers[i])) times = 1;
    for (; times > 0; times--)
      signals->on_signal(signals->context, numbers[i]);
  }
}

static void on_signals_woken(uv_poll_t *poll, int status, int events) {
  uint64_t count;
  (void)status;
  (void)events;
  if (read(atomic_load(&wake), &count, sizeof count) > 0) tell_loop(poll->data);
}

bool signals_start(struct signals *signals, uv_loop_t *loop,
                   void (*on_told)(void *context, int number), void *context) {
  /* It begins with 1: signals may have come already. */
  int descriptor = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) {
    log_event(LOG_ERROR, "cannot receive signals: %s", strerror(errno));
    return false;
  }
  signals->on_signal = on_told;
  signals->context = context;
  signals->poll.data = signals;
  uv_poll_init(loop, &signals->poll, descriptor);
  uv_poll_start(&signals->poll, UV_READABLE, on_signals_woken);
  atomic_store(&wake, descriptor);
  for (int i = 0; i < COUNT; i++)
    handle_signal(numbers[i], note_signal);
  handle_signal(SIGALRM, on_second_signal_alarm);
  return true;
}

void signals_stop(struct signals *signals) {
  uv_close((uv_handle_t *)&signals->poll, NULL);
}

void signals_end(void) {
  alarm(0);
}

#ifndef BASE_SERVER_SIGNALS_H
#define BASE_SERVER_SIGNALS_H

/*
** The signals of the process. From main's first line on no signal is lost, and
** none that asks the server for something ends the process: SIGHUP and SIGUSR2
** that come before there is a loop wait for it. SIGTERM and SIGINT end the
** process until then, as they do by default.
**
** Our own handler notes the signals, not libuv's: a second SIGTERM or SIGINT
** has to end the process whatever the loop is doing, for example inside a C
** function that does not return. If the loop has not ended a moment after the
** second one, the process exits where it is, with 128 and the signal's number.
**
** Programs that scripts start get signals as any other program does: a handler
** ends at exec, while an ignored signal would stay ignored. So SIGPIPE and
** SIGXFSZ have handlers, too, which do nothing.
*/
#include <stdbool.h>
#include <uv.h>

struct signals {
  uv_poll_t poll;
  void (*on_signal)(void *context, int number);
  void *context;
};

/* Call as the first line of main. */
void signals_hold(void);

/* Sets handlers again that a library has replaced by ignoring the signal. */
void signals_hold_again(void);

/* From now on `on_signal` is called from the loop, also for signals that came
   before: once for each SIGTERM and SIGINT, and at least once for several
   others of one kind. False, after a log line, when there is no descriptor
   left. */
bool signals_start(struct signals *signals, uv_loop_t *loop,
                   void (*on_signal)(void *context, int number), void *context);

/* on_signal is not called any more, but a second signal still ends the
   process. */
void signals_stop(struct signals *signals);

/* The process has ended in order: a pending alarm must not change its exit
   status. */
void signals_end(void);

#endif

#ifndef BASE_SERVER_SIGNALS_H
#define BASE_SERVER_SIGNALS_H

/*
** What the process is told by signals. From main's first line on none is lost
** and none that asks the server for something ends the process: SIGHUP and
** SIGUSR2 that come before there is a loop wait for it. SIGTERM and SIGINT end
** the process until then, as they do by default.
**
** A handler of our own notes them, instead of libuv's: two signals that end us
** have to do so whatever the loop is doing, a function of C's that does not
** return, say. Where the loop has not ended a moment after the second one, the
** process ends where it is, with 128 and the signal's number.
**
** What scripts start is told by signals as any other program: handlers end
** where another program begins, as what is ignored would not. So SIGPIPE and
** SIGXFSZ have handlers too, which do nothing.
*/
#include <stdbool.h>
#include <uv.h>

struct signals {
  uv_poll_t poll;
  void (*on_signal)(void *context, int number);
  void *context;
};

/* Main's first line. */
void signals_hold(void);

/* A library has chosen to ignore some that are to have our handlers. */
void signals_hold_again(void);

/* Has the loop called for each signal that has come, and for those that come
   from now on: for each SIGTERM and SIGINT, and at least once for others that
   are the same. False, after a log line, when there is no descriptor left. */
bool signals_start(struct signals *signals, uv_loop_t *loop,
                   void (*on_signal)(void *context, int number), void *context);

/* The loop is called no more, but a second signal still ends the process. */
void signals_stop(struct signals *signals);

/* The end has come, in order: the process has the exit status that it has. */
void signals_end(void);

#endif

#ifndef BASE_SERVER_NOTIFY_H
#define BASE_SERVER_NOTIFY_H

/*
** Tells systemd the state of the server, by the protocol of sd_notify(3): a
** datagram of lines to NOTIFY_SOCKET. Without that variable nothing happens.
*/
#include <uv.h>

struct notify {
  int descriptor;     /* -1: there is no NOTIFY_SOCKET */
  uint64_t every;     /* milliseconds between watchdog messages, or 0 */
  char *variables[3]; /* "NAME=value", owned: for a successor */
  uv_timer_t alive;
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and removes them from the
   environment. Call it before any script runs. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* From here on, a watchdog message is sent twice in the time that systemd
   allows. It comes from the loop: a loop that hangs sends none. */
void notify_start(struct notify *notify, uv_loop_t *loop);
void notify_stop(struct notify *notify);

/* The server listens, or a reload is over. `status` is a text for people. */
void notify_ready(struct notify *notify, const char *status);

/* A reload begins. */
void notify_reloading(struct notify *notify);

/* The service goes on in the successor: this process sends nothing more. */
void notify_replaced(struct notify *notify, int process);

/* The end has begun. */
void notify_ending(struct notify *notify);

#endif

#ifndef BASE_SERVER_NOTIFY_H
#define BASE_SERVER_NOTIFY_H

/*
** What systemd is told about the server's state, by sd_notify(3)'s protocol: a
** datagram of lines to NOTIFY_SOCKET. Where there is none, nothing happens.
*/
#include <uv.h>

struct notify {
  int descriptor;     /* -1: nobody listens */
  uint64_t every;     /* milliseconds between signs of life, or 0 */
  char *variables[3]; /* "NAME=value", owned: for a process that replaces us */
  uv_timer_t alive;
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the
   environment. To be called before any script runs. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* From here on, a sign of life in half of the time that the watchdog allows. It
   comes from the loop: one that hangs gives none. */
void notify_start(struct notify *notify, uv_loop_t *loop);
void notify_stop(struct notify *notify);

/* It listens, or a reload is over: `status` is what people read of it. */
void notify_ready(struct notify *notify, const char *status);

/* A reload begins. */
void notify_reloading(struct notify *notify);

/* The service goes on in another process: nothing more comes from this one. */
void notify_replaced(struct notify *notify, int process);

/* The end has begun. */
void notify_ending(struct notify *notify);

#endif

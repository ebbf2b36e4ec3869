#ifndef BASE_SERVER_HANDOVER_SUCCESSOR_H
#define BASE_SERVER_HANDOVER_SUCCESSOR_H

/*
** A new process that takes the place of this one. It is started with the same
** command line and gets our listening sockets: as descriptors, with a line for
** each in SUCCESSOR_VARIABLE, "4=127.0.0.1:9000". Its descriptor 3 is a pipe,
** by which it says that it has loaded everything and listens. Until then
** nothing changes here; a failure of the successor is a line in our log. By the
** same pipe it says later that it was replaced itself: from then on it may end.
**
** Another line, "link=9", names a socket by which the two tell each other more
** (giving.h, taking.h). A process of an older release ignores that line.
*/
#include <stdbool.h>

/* Its name is known to processes of older releases. */
#define SUCCESSOR_VARIABLE "BASE_UPGRADE"

/* How the line begins that names the socket. */
#define SUCCESSOR_LINK "link="

enum { SUCCESSOR_PIPE = 3 /* the listening sockets follow it */ };

/* The messages of the pipe, one byte each. Other bytes are ignored. */
enum { SUCCESSOR_READY = 'r', SUCCESSOR_REPLACED = 'x' };

struct net;
struct timers;
struct successor;
typedef struct uv_loop_s uv_loop_t;

/* How this process was started. The struct owns nothing. */
struct successor_command {
  char **words; /* ends with NULL; the first is the program. All paths are
                   absolute */
  char *const *variables; /* "NAME=value", added to our environment; ends with
                             NULL */
  const char *objection;  /* why a successor is impossible, or NULL */
};

struct successor_events {
  /* A successor is starting; the socket to it is the callee's. */
  void (*starting)(void *context, int descriptor);
  /* It listens. */
  void (*ready)(void *context, int process);
};

/* NULL when memory ran out. */
struct successor *successor_new(uv_loop_t *loop, struct timers *timers,
                                const struct successor_command *command,
                                const struct successor_events *events,
                                void *context);

/* Starts a successor with the listening sockets of `net`. Refuses, with a log
   line, while one is starting or has taken over. */
void successor_start(struct successor *successor, const struct net *net);

/* Whether the successor has taken over and has then ended. NULL is fine. */
bool successor_is_lost(const struct successor *successor);

/* Kills a successor that is not ready, because this process ends. NULL is
   fine. */
void successor_cancel(struct successor *successor);

/* The same; no callback comes any more. The loop has to run a little longer for
   the handles to close; then the struct is freed. NULL is fine. */
void successor_stop(struct successor *successor);

#endif

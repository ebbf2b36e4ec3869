#ifndef BASE_SERVER_HANDOVER_SUCCESSOR_H
#define BASE_SERVER_HANDOVER_SUCCESSOR_H

/*
** A new process of the program in the place of this one. It is started as this
** one was, and is given what we listen on: descriptors, and a line for each in
** SUCCESSOR_VARIABLE, "4=127.0.0.1:9000". Its descriptor 3 is a pipe, by which
*it
** says that it has loaded everything and listens. Until then nothing changes
** here; whatever goes wrong there is a line in our log. By the same pipe it
** says later that it was replaced itself: then it may end.
*/
#include <stdbool.h>

#define SUCCESSOR_VARIABLE "BASE_SUCCESSOR"

enum { SUCCESSOR_PIPE = 3 /* what listens is behind it */ };

/* What is said by the pipe, a byte each. Others have no meaning. */
enum { SUCCESSOR_READY = 'r', SUCCESSOR_REPLACED = 'x' };

struct net;
struct timers;
struct successor;
typedef struct uv_loop_s uv_loop_t;

/* How this process was started: it owns nothing. */
struct successor_command {
  char **words; /* ends with NULL; the first names the program. No path of them
                   begins at a working directory */
  char *const *variables; /* "NAME=value" besides our environment; ends with
                             NULL */
  const char *objection; /* why there may never be one, or NULL */
};

/* `on_ready` is called once, when the new process, which is named, listens.
   NULL when memory ran out. */
struct successor *successor_new(uv_loop_t *loop, struct timers *timers,
                                const struct successor_command *command,
                                void (*on_ready)(void *context, int process),
                                void *context);

/* Starts the new process, with what `net` listens on. Refuses, with a log line,
   while one is under way or there already. */
void successor_start(struct successor *successor, const struct net *net);

/* Whether the new process has taken over, and is gone. NULL is fine. */
bool successor_is_lost(const struct successor *successor);

/* Ends a new process that is not ready: we are ending ourselves. NULL is fine.
 */
void successor_cancel(struct successor *successor);

/* The same, and no callback comes any more. The loop has to run a little longer
   for the handles to close, which frees it. NULL is fine. */
void successor_stop(struct successor *successor);

#endif

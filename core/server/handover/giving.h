#ifndef BASE_SERVER_HANDOVER_GIVING_H
#define BASE_SERVER_HANDOVER_GIVING_H

/*
** What this process gives to the one that takes its place (bus/link.h). It is
** asked twice: for the state of the scripts, before the new process loads its
** own; and, when that is ready and does not accept yet, for all the rest:
** users, and channels with their histories. From that moment on the channels
** are the new one's, and this process uses its bus (bus/relay.h). The histories
** go in parts, one a turn; what is said to the bus meanwhile waits behind them.
*/
#include "bus/histories.h"
#include "lib/buffer.h"
#include "lib/timers.h"

#include <stdbool.h>
#include <stdint.h>

struct bus;
struct line;
struct registry;
struct scripts;
typedef struct uv_loop_s uv_loop_t;

struct giving {
  uv_loop_t *loop;
  struct registry *registry;
  struct scripts *scripts;
  struct bus **bus; /* the server's: replaced by another one, and back */
  /* The moment of change has come. */
  void (*on_change)(void *context);
  void *context;
  struct line *line; /* private, like all below; NULL: there is none */
  bool is_relayed;   /* the bus is a relay */
  bool is_writing;   /* histories */
  struct histories_writer histories;
  struct timer again;  /* wakes the loop for the next part */
  struct buffer later; /* what comes behind them */
  size_t bytes;        /* of all that was given */
  uint64_t began;
};

/* Takes the socket to a new process that is starting. */
void giving_begin(struct giving *giving, int descriptor);

/* The new process serves: there is no way back. */
void giving_settle(struct giving *giving);

/* Writes what waits. To be called at the end of each turn. */
void giving_flush(struct giving *giving);

void giving_stop(struct giving *giving);

#endif

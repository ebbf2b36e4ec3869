#ifndef BASE_SERVER_HANDOVER_DRAIN_H
#define BASE_SERVER_HANDOVER_DRAIN_H

/*
** Sends the clients to the successor, a few at a time, so that they do not all
** connect at once.
*/
#include "lib/timers.h"

#include <stdbool.h>
#include <stdint.h>

struct scripts;
struct net;

struct drain {
  struct timers *timers;
  struct scripts *scripts;
  struct net *net;
  void (*on_over)(
      void *context); /* the time has passed, or no socket is left */
  void *context;
  bool is_begun; /* private, like all below */
  uint64_t from; /* by the clock of `timers` */
  uint64_t time; /* milliseconds */
  struct timer step;
};

/* Stops accepting and starts the drain, which takes at most `time`
   milliseconds. */
void drain_start(struct drain *drain, uint64_t time);

/* on_over is not called any more. */
void drain_stop(struct drain *drain);

#endif

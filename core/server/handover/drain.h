#ifndef BASE_SERVER_HANDOVER_DRAIN_H
#define BASE_SERVER_HANDOVER_DRAIN_H

/*
** Everybody goes over to a new process, a few at a time: the one address_limit
*at the
** door of the new one is what this avoids.
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
  void (*on_over)(void *context); /* the time has passed, or nobody is left */
  void *context;
  bool is_begun; /* private, like all below */
  uint64_t from; /* of the clock of `timers` */
  uint64_t time; /* milliseconds */
  struct timer step;
};

/* Stops accepting, and begins it, to be over in so many milliseconds. */
void drain_start(struct drain *drain, uint64_t time);

/* on_over is not called any more. */
void drain_stop(struct drain *drain);

#endif

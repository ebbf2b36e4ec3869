#ifndef BASE_SERVER_TURN_H
#define BASE_SERVER_TURN_H

/*
** Measures how long one turn of the loop takes, from the return of the poll
** until the loop would wait again: what came meanwhile had to wait that long.
** Costs no system call.
*/
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct turn {
  uv_loop_t *loop;
  uv_check_t check;
  bool is_running; /* a turn has begun and not ended */
  uint64_t began;  /* by the loop's clock */
};

/* Starts measuring; the first turn begins now. */
void turn_start(struct turn *turn, uv_loop_t *loop);
void turn_stop(struct turn *turn);

/* Call before the loop's clock is updated: until then the clock says when the
   poll returned. Without effect when the turn has begun. */
void turn_begin(struct turn *turn);

/* The loop is about to wait. Returns the milliseconds that the turn took. */
uint64_t turn_end(struct turn *turn);

#endif

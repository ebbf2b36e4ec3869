#ifndef BASE_SERVER_TURN_H
#define BASE_SERVER_TURN_H

/*
** How long one turn of the loop takes, from the moment when the poll returned
** until it would wait again: so long has what came meanwhile been waiting.
** Costs no system call.
*/
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct turn {
  uv_loop_t *loop;
  uv_check_t check;
  bool is_running; /* since the loop last waited */
  uint64_t began;  /* of the loop's clock */
};

/* From here on turns are measured, the first from this moment. */
void turn_start(struct turn *turn, uv_loop_t *loop);
void turn_stop(struct turn *turn);

/* To be called before anybody moves the loop's clock on: until then it says
   when the poll returned. Without effect where the turn has begun. */
void turn_begin(struct turn *turn);

/* The loop is about to wait. Returns the milliseconds that the turn took. */
uint64_t turn_end(struct turn *turn);

#endif

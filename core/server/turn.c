#include "server/turn.h"

static void on_turn_check(uv_check_t *check) {
  turn_begin(check->data);
}

void turn_start(struct turn *turn, uv_loop_t *loop) {
  *turn = (struct turn){.loop = loop};
  uv_check_init(loop, &turn->check);
  turn->check.data = turn;
  uv_check_start(&turn->check, on_turn_check);
  uv_update_time(loop);
}

void turn_stop(struct turn *turn) {
  uv_close((uv_handle_t *)&turn->check, NULL);
}

void turn_begin(struct turn *turn) {
  if (turn->is_running || !turn->loop) return;
  turn->is_running = true;
  turn->began = uv_now(turn->loop);
}

uint64_t turn_end(struct turn *turn) {
  turn_begin(turn);
  uv_update_time(turn->loop);
  turn->is_running = false;
  return uv_now(turn->loop) - turn->began;
}

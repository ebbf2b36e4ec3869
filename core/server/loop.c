#include "server/loop.h"

#include "lib/log.h"
#include "model/connection.h"
#include "net/net.h"
#include "server/ending.h"
#include "server/state.h"

static uint64_t loop_clock(void *context) {
  struct server *server = context;
  turn_begin(&server->turn);
  uv_update_time(&server->loop); /* a script may have blocked the turn */
  return uv_now(&server->loop);
}

static uint64_t loop_clock_last(void *context) {
  struct server *server = context;
  return uv_now(&server->loop);
}

static void on_alarm(uv_timer_t *alarm) {
  struct server *server = alarm->data;
  server->alarm_at = 0;
}

/* Runs after the poll: a deadline counts only when everything that had come
   before it has been read, however long a script has held the loop up. */
static void on_check(uv_check_t *check) {
  struct server *server = check->data;
  timers_run_due(&server->timers, server->look);
}

static void set_alarm(struct server *server) {
  int64_t next = timers_next(&server->timers);
  if (next == TIMERS_NONE) return;
  uint64_t at = uv_now(&server->loop) + (uint64_t)next;
  if (server->alarm_at != 0 && server->alarm_at <= at) return;
  server->alarm_at = at ? at : 1;
  uv_timer_start(&server->alarm, on_alarm, (uint64_t)next, 0);
}

static void on_prepare(uv_prepare_t *prepare) {
  struct server *server = prepare->data;
  turn_begin(&server->turn);
  log_catch_up();
  channels_flush(&server->registry);
  net_flush(server->net);
  giving_flush(&server->giving);
  taking_flush(&server->taking);
  registry_reap(&server->registry);
  if (server->exit_asked) ending_begin(server, CLOSE_RESTART, server->status);
  if (server->is_ending) {
    ending_go_on(server);
    net_flush(server->net);
  }
  server->look = timers_look(&server->timers);
  set_alarm(server);
  histogram_add(&server->registry.counters.turns, turn_end(&server->turn));
}

void loop_open_timers(struct server *server) {
  timers_open(&server->timers, loop_clock, server);
  server->timers.last_look = loop_clock_last;
}

void loop_start(struct server *server) {
  uv_prepare_init(&server->loop, &server->prepare);
  server->prepare.data = server;
  uv_prepare_start(&server->prepare, on_prepare);
  uv_check_init(&server->loop, &server->check);
  server->check.data = server;
  uv_check_start(&server->check, on_check);
  turn_start(&server->turn, &server->loop);
  uv_timer_init(&server->loop, &server->alarm);
  server->alarm.data = server;
}

void loop_stop(struct server *server) {
  uv_close((uv_handle_t *)&server->prepare, NULL);
  uv_close((uv_handle_t *)&server->check, NULL);
  turn_stop(&server->turn);
  uv_close((uv_handle_t *)&server->alarm, NULL);
}

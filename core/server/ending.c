#include "server/ending.h"

#include "lib/log.h"
#include "lua/scripts.h"
#include "model/connection.h"
#include "net/net.h"
#include "server/handover/successor.h"
#include "server/state.h"

#include <signal.h>

enum { GRACE = 3000 /* milliseconds to close the remaining sockets */ };

/* Sending what is queued may take the rest of the drain, or GRACE if that is
   longer. */
static void stop_scripts(struct server *server) {
  if (server->is_stopped) return;
  server->is_stopped = true;
  net_stop_api(server->net);
  scripts_stop(server->scripts);
  uint64_t now = timers_now(&server->timers);
  uint64_t left = server->drain_until > now ? server->drain_until - now : 0;
  timer_start(&server->timers, &server->end, left > GRACE ? left : GRACE);
}

static void on_ending_time(struct timer *timer) {
  struct server *server = owner_of(timer, struct server, end);
  if (server->is_stopped)
    uv_stop(&server->loop);
  else
    stop_scripts(server);
}

void ending_begin(struct server *server, int close_code, int status) {
  if (server->is_ending) return;
  server->is_ending = true;
  server->status = status;
  drain_stop(&server->drain);
  successor_cancel(server->successor);
  log_event(LOG_INFO, "shutting down: %zu connections are told to reconnect",
            registry_connection_count(&server->registry));
  notify_ending(&server->notify);
  net_stop_reading(server->net);
  uint64_t drain = server->config.drain ? server->config.drain : 1;
  server->drain_until = timers_now(&server->timers) + drain;
  timer_start(&server->timers, &server->end, drain);
  scripts_drain(server->scripts, close_code);
}

/* Stops the scripts first, then waits for the sockets. */
void ending_go_on(struct server *server) {
  if (!server->is_stopped && scripts_is_idle(server->scripts))
    stop_scripts(server);
  if (server->is_stopped && net_socket_count(server->net) == 0)
    uv_stop(&server->loop);
}

void ending_prepare(struct server *server) {
  server->end.on_due = on_ending_time;
}

void ending_terminate(struct server *server, int number) {
  if (server->is_told) {
    log_event(LOG_WARN, "ended at once by a second signal");
    uv_stop(&server->loop);
    return;
  }
  server->is_told = true;
  ending_begin(server, number == SIGINT ? CLOSE_SHUTDOWN : CLOSE_RESTART, 0);
}

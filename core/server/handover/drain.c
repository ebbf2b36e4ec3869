#include "server/handover/drain.h"

#include "lib/log.h"
#include "lua/scripts.h"
#include "model/connection.h"
#include "net/net.h"

#include <stddef.h>

enum { STEP = 50 /* milliseconds */ };

static void on_step(struct timer *timer) {
  struct drain *drain = owner_of(timer, struct drain, step);
  uint64_t passed = timers_now(drain->timers) - drain->from;
  bool is_over = passed >= drain->time;
  scripts_send_away(drain->scripts,
                    is_over ? 1 : (double)passed / (double)drain->time);
  if (is_over || net_socket_count(drain->net) == 0)
    drain->on_over(drain->context);
  else
    timer_start(drain->timers, timer, STEP);
}

void drain_start(struct drain *drain, uint64_t time) {
  net_be_replaced(drain->net);
  scripts_be_replaced(drain->scripts, CLOSE_RESTART);
  log_event(
      LOG_INFO,
      "%zu sockets are open: their clients move to the new process within %g s",
      net_socket_count(drain->net), (double)time / 1000);
  drain->is_begun = true;
  drain->from = timers_now(drain->timers);
  drain->time = time;
  drain->step.on_due = on_step;
  (void)timer_start(drain->timers, &drain->step, 0);
}

void drain_stop(struct drain *drain) {
  if (drain->timers) timer_stop(drain->timers, &drain->step);
}

#include "server/handover/drain.h"

#include "lua/scripts.h"
#include "model/connection.h"
#include "model/log.h"
#include "net/net.h"

#include <stddef.h>

enum { STEP = 50 /* milliseconds */ };

static void on_step(struct timer *timer) {
  struct departure *departure = timer_owner(timer, struct departure, step);
  uint64_t passed = timers_now(departure->timers) - departure->from;
  bool is_over = passed >= departure->time;
  scripts_send_away(departure->scripts,
                    is_over ? 1 : (double)passed / (double)departure->time);
  if (is_over || net_socket_count(departure->net) == 0)
    departure->on_over(departure->context);
  else
    timer_start(departure->timers, timer, STEP);
}

void departure_start(struct departure *departure, uint64_t time) {
  net_be_replaced(departure->net);
  scripts_be_replaced(departure->scripts, CLOSE_RESTART);
  log_event(LOG_INFO, "%zu sockets are open: they go over within %g s",
            net_socket_count(departure->net), (double)time / 1000);
  departure->is_begun = true;
  departure->from = timers_now(departure->timers);
  departure->time = time;
  departure->step.on_due = on_step;
  (void)timer_start(departure->timers, &departure->step, 0);
}

void departure_stop(struct departure *departure) {
  if (departure->timers) timer_stop(departure->timers, &departure->step);
}

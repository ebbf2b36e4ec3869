#include "server/handover/taking.h"

#include "bus/hub.h"
#include "bus/link.h"
#include "lib/buffer.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lua/scripts.h"
#include "model/registry.h"
#include "server/handover/line.h"
#include "server/handover/users.h"

#include <inttypes.h>

enum {
  PATIENCE = 10000, /* milliseconds in which the old process says something */
  ROOM = 128 << 20  /* bytes that may wait for it */
};

/* --- what comes --- */

static bool take_state(struct taking *taking, struct link_frame *frame) {
  struct text text = link_take_json(frame);
  if (!link_is_taken(frame)) return false;
  bool is_taken = taking->has_state
                      ? scripts_change_state(taking->scripts, text)
                      : scripts_take_state(taking->scripts, text);
  if (!is_taken) log_event(LOG_WARN, "base.state did not come over");
  taking->has_state = true;
  return true;
}

/* What the old process was asked for. */
static bool take_part(struct taking *taking, struct link_frame *frame) {
  switch (frame->kind) {
  case LINK_STATE:
    return take_state(taking, frame);
  case LINK_CHANNEL:
    return histories_take_channel(&taking->histories, frame);
  case LINK_KEPT:
    return histories_take_kept(&taking->histories, frame);
  case LINK_DONE:
    taking->is_done = taking->histories.left == 0 && link_is_taken(frame);
    if (taking->is_done) hub_begin(taking->hub, line_out(taking->line));
    return taking->is_done;
  default:
    return hub_received(taking->hub, frame);
  }
}

static bool on_frame(void *context, struct link_frame *frame) {
  struct taking *taking = context;
  if (frame->kind == LINK_USER) {
    taking->users++;
    return user_take(taking->scripts, taking->registry, frame);
  }
  return taking->is_done ? hub_received(taking->hub, frame)
                         : take_part(taking, frame);
}

static void on_broken(void *context, const char *why) {
  struct taking *taking = context;
  if (why)
    log_event(LOG_WARN, "the old process is not heard any more: %s", why);
  if (!taking->is_done) return; /* who waits notices it */
  taking_end(taking);
}

/* --- asking --- */

void taking_begin(struct taking *taking, int descriptor) {
  static const struct line_events events = {.frame = on_frame,
                                            .broken = on_broken};
  taking->histories.registry = taking->registry;
  if (descriptor >= 0) taking->line = line_new(descriptor, &events, taking);
}

static bool ask(struct taking *taking, enum link_kind kind,
                const bool *is_over) {
  struct buffer *out = line_out(taking->line);
  size_t begin = link_begin(out, kind);
  if (kind == LINK_HELLO) link_put_number(out, LINK_VERSION);
  link_end(out, begin);
  if (line_wait(taking->line, is_over, PATIENCE)) return true;
  log_event(LOG_WARN, "the old process does not say what it knows");
  histories_give_up(&taking->histories);
  taking_end(taking);
  return false;
}

void taking_ask_state(struct taking *taking) {
  if (taking->line) ask(taking, LINK_HELLO, &taking->has_state);
}

void taking_take(struct taking *taking, uv_loop_t *loop) {
  if (!taking->line) return;
  uint64_t from = clock_monotonic();
  if (!ask(taking, LINK_TAKE, &taking->is_done)) return;
  scripts_change_state(taking->scripts, (struct text){"", 0});
  log_event(LOG_INFO,
            "has taken over %" PRIu64 " users, and %" PRIu64
            " channels with %" PRIu64 " messages, in %" PRIu64 " ms",
            taking->users, taking->histories.channels,
            taking->histories.messages, clock_monotonic() - from);
  if (!line_watch(taking->line, loop)) taking_end(taking);
}

void taking_flush(struct taking *taking) {
  if (taking->line) line_flush(taking->line, ROOM);
}

void taking_end(struct taking *taking) {
  if (!taking->line) return;
  hub_lost(taking->hub);
  users_come(taking->registry);
  taking_stop(taking);
}

void taking_forget(struct taking *taking) {
  taking_end(taking);
  if (taking->hub) hub_forget(taking->hub);
}

void taking_stop(struct taking *taking) {
  line_free(taking->line);
  taking->line = NULL;
}

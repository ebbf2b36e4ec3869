#include "server/handover/giving.h"

#include "bus/histories.h"
#include "bus/link.h"
#include "bus/relay.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lua/scripts.h"
#include "model/registry.h"
#include "model/user.h"
#include "server/handover/line.h"
#include "server/handover/users.h"

#include <inttypes.h>

enum {
  ROOM = 128 << 20, /* bytes that may wait: users, and what is said meanwhile */
  PART = 256 << 10  /* bytes of histories that wait at once */
};

static bool give_state(struct giving *giving, bool again) {
  struct buffer state = {0};
  struct buffer *out = line_out(giving->line);
  if (!scripts_print_state(giving->scripts, again, &state))
    buffer_clear(&state);
  if (state.size > 0 || !again) {
    size_t begin = link_begin(out, LINK_STATE);
    link_put_text(out, (struct text){state.bytes, state.size});
    link_end(out, begin);
  }
  buffer_free(&state);
  return true;
}

static bool greet(struct giving *giving, struct link_frame *frame) {
  uint64_t version = link_take_number(frame);
  if (version == LINK_VERSION && link_is_taken(frame))
    return give_state(giving, false);
  log_event(LOG_WARN, "the new process is of a release that cannot be told "
                      "what this one knows");
  return false;
}

/* --- the bus --- */

static void use_bus(struct giving *giving, struct bus *bus, bool is_relay) {
  *giving->bus = bus;
  giving->is_relayed = is_relay;
  scripts_use_bus(giving->scripts, bus);
}

static bool begin_relay(struct giving *giving) {
  struct bus *relay =
      relay_bus_new(giving->registry, *giving->bus, line_out(giving->line));
  if (relay) use_bus(giving, relay, true);
  return relay != NULL;
}

/* The line is broken. */
static void end_relay(struct giving *giving) {
  if (!giving->is_relayed) return;
  if (relay_is_settled(*giving->bus)) {
    relay_lost(*giving->bus);
    return;
  }
  struct bus *relay = *giving->bus;
  use_bus(giving, relay_inner(relay), false);
  relay_undo(relay);
  histories_keep(giving->registry);
}

void giving_settle(struct giving *giving) {
  if (giving->is_relayed)
    relay_settle(*giving->bus);
  else if (giving->line)
    log_event(LOG_WARN, "the new process has not asked what this one knows: "
                        "it begins anew");
}

/* --- the moment of change --- */

/* The end of the histories: what waits follows. */
static void end_histories(struct giving *giving) {
  struct buffer *out = line_out(giving->line);
  giving->is_writing = false;
  giving->bytes += giving->later.size;
  buffer_append(out, giving->later.bytes, giving->later.size);
  out->failed = out->failed || giving->later.failed;
  buffer_free(&giving->later);
  relay_use(*giving->bus, out);
  log_event(LOG_INFO, "has given the new process %zu bytes in %" PRIu64 " ms",
            giving->bytes, clock_monotonic() - giving->began);
}

static void on_again(struct timer *timer) {
  (void)timer; /* the turn ends with giving_flush */
}

static void write_histories(struct giving *giving) {
  struct buffer *out = line_out(giving->line);
  size_t waiting = line_waiting(giving->line), before = out->size;
  if (giving->later.size > ROOM) out->failed = true;
  if (waiting >= PART || out->failed) return;
  bool is_over = histories_write(&giving->histories, out, PART - waiting);
  giving->bytes += out->size - before;
  if (is_over) end_histories(giving);
}

/* From here on no message is kept here. */
static bool give_all(struct giving *giving) {
  struct buffer *out = line_out(giving->line);
  size_t cursor = 0;
  struct user *user;
  giving->began = clock_monotonic();
  giving->on_change(giving->context);
  give_state(giving, true);
  while ((user = registry_next_user(giving->registry, &cursor)))
    user_write(giving->scripts, user, out);
  giving->registry->notes_left = true;
  if (!begin_relay(giving)) return false;
  link_end(&giving->later, link_begin(&giving->later, LINK_DONE));
  histories_begin(&giving->histories, giving->registry, out);
  giving->bytes = out->size;
  giving->is_writing = true;
  return true;
}

/* --- the line --- */

static bool on_frame(void *context, struct link_frame *frame) {
  struct giving *giving = context;
  if (giving->is_relayed) return relay_received(*giving->bus, frame);
  if (frame->kind == LINK_HELLO) return greet(giving, frame);
  if (frame->kind == LINK_TAKE) return give_all(giving);
  return false;
}

static void on_broken(void *context, const char *why) {
  struct giving *giving = context;
  if (giving->is_relayed)
    log_event(LOG_WARN, "channels are not shared with the new process: %s",
              why ? why : "it has closed its end");
  else if (why)
    log_event(LOG_WARN, "the new process is told nothing more: %s", why);
  giving_stop(giving);
}

void giving_begin(struct giving *giving, int descriptor) {
  static const struct line_events events = {.frame = on_frame,
                                            .broken = on_broken};
  giving_stop(giving); /* of an attempt that has failed */
  giving->again.on_due = on_again;
  giving->line = line_new(descriptor, &events, giving);
  if (giving->line && !line_watch(giving->line, giving->loop))
    giving_stop(giving);
}

void giving_flush(struct giving *giving) {
  struct list *left = &giving->registry->left;
  struct user *user;
  if (giving->is_relayed && !giving->is_writing &&
      relay_is_settled(*giving->bus))
    relay_forget_some(*giving->bus);
  if (!giving->line) return;
  if (giving->is_writing) write_histories(giving);
  while (!giving->is_writing &&
         (user = list_take_first(left, struct user, left)))
    user_write(giving->scripts, user, line_out(giving->line));
  line_flush(giving->line, ROOM);
  /* The line wakes the loop when it has written what waits. It may have written
     all of it at once. */
  if (giving->is_writing && line_waiting(giving->line) == 0)
    timer_start(giving->registry->timers, &giving->again, 0);
}

void giving_stop(struct giving *giving) {
  struct line *line = giving->line;
  giving->registry->notes_left = false;
  giving->line = NULL;
  if (!line) return;
  end_relay(giving);
  timer_stop(giving->registry->timers, &giving->again);
  giving->is_writing = false;
  buffer_free(&giving->later);
  line_free(line);
}

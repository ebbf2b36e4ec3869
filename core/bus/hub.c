#include "bus/hub.h"

#include "bus/hub_parts.h"
#include "bus/link.h"
#include "bus/memory.h"
#include "lib/buffer.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/presence.h"
#include "model/registry.h"

#include <stdlib.h>

/* --- saying --- */

bool hub_tells(const struct hub *hub, struct text channel) {
  return hub->out && hub_room_find(&hub->rooms, channel);
}

void hub_say_came(struct hub *hub, struct text channel, struct text id,
                  struct text info) {
  if (!hub_tells(hub, channel)) return;
  size_t begin = link_begin(hub->out, LINK_CAME);
  link_put_text(hub->out, channel);
  link_put_text(hub->out, id);
  link_put_text(hub->out, info);
  link_end(hub->out, begin);
}

void hub_say_went(struct hub *hub, struct text channel, struct text id) {
  if (!hub_tells(hub, channel)) return;
  size_t begin = link_begin(hub->out, LINK_WENT);
  link_put_text(hub->out, channel);
  link_put_text(hub->out, id);
  link_end(hub->out, begin);
}

void hub_say_guests(struct hub *hub, const struct channel *channel) {
  if (!hub_tells(hub, channel_name(channel))) return;
  size_t begin = link_begin(hub->out, LINK_GUESTS);
  link_put_text(hub->out, channel_name(channel));
  link_put_number(hub->out, channel->guests);
  link_end(hub->out, begin);
}

/* --- events of the channels here --- */

static void on_subscribed(void *context, struct channel *channel) {
  (void)context;
  channel_note_occupied(channel, true);
}

static void on_unsubscribed(void *context, struct channel *channel) {
  const struct hub *hub = hub_of(context);
  if (!hub_room_find(&hub->rooms, channel_name(channel)))
    channel_note_occupied(channel, false);
}

static void on_came(void *context, struct channel *channel, struct text id,
                    struct text info) {
  presence_came(channel, id, info);
  hub_say_came(hub_of(context), channel_name(channel), id, info);
}

static void on_went(void *context, struct channel *channel, struct text id) {
  struct hub *hub = hub_of(context);
  const struct hub_room *room =
      hub_room_find(&hub->rooms, channel_name(channel));
  if (room && hub_room_has(room, id)) return; /* it is still at the peer's */
  presence_went(channel, id);
  hub_say_went(hub, channel_name(channel), id);
}

static void on_guests(void *context, struct channel *channel) {
  hub_say_guests(hub_of(context), channel);
}

static const struct channel_events channel_events = {
    .subscribed = on_subscribed,
    .unsubscribed = on_unsubscribed,
    .came = on_came,
    .went = on_went,
    .guests = on_guests};

/* --- calls --- */

/* The answer of the memory bus, which comes at once; its views are valid while
   it gives them. */
struct publishing {
  struct bus_call call;
  struct hub *hub;
  struct bus_call *caller;
  const struct bus_publish *publish;
};

static void on_published(struct bus_call *call,
                         const struct bus_answer *answer) {
  const struct publishing *publishing = owner_of(call, struct publishing, call);
  const struct bus_publish *publish = publishing->publish;
  struct hub *hub = publishing->hub;
  if (!answer->word && hub_tells(hub, publish->channel)) {
    size_t begin = link_begin(hub->out, LINK_DELIVER);
    link_put_text(hub->out, publish->channel);
    link_put_text(hub->out, publish->message);
    link_put_number(hub->out, answer->position);
    link_put_number(hub->out, publish->except);
    link_end(hub->out, begin);
  }
  publishing->caller->on_answer(publishing->caller, answer);
}

static void publish(struct bus *bus, struct bus_call *call,
                    const struct bus_publish *publish) {
  struct hub *hub = hub_of(bus);
  struct publishing publishing = {.call.on_answer = on_published,
                                  .hub = hub,
                                  .caller = call,
                                  .publish = publish};
  bus_publish(hub->memory, &publishing.call, publish);
}

static void read_history(struct bus *bus, struct bus_call *call,
                         const struct bus_read *read) {
  bus_read(hub_of(bus)->memory, call, read);
}

static void ask_who(struct bus *bus, struct bus_call *call,
                    struct text channel) {
  struct hub *hub = hub_of(bus);
  struct buffer *out = hub_tells(hub, channel) ? hub->out : NULL;
  hub_ask_who(&hub->asks, hub->memory, call, channel, out);
}

static void clear(struct bus *bus, struct bus_call *call, struct text channel) {
  bus_clear(hub_of(bus)->memory, call, channel);
}

/* --- the peer --- */

void hub_begin(struct bus *bus, struct buffer *out) {
  hub_of(bus)->out = out;
}

void hub_forget(struct bus *bus) {
  struct hub *hub = hub_of(bus);
  timer_stop(bus->registry->timers, &hub->away);
  list_each(struct hub_room, room, &hub->rooms.all, link)
    hub_drop_room(hub, room);
}

static void on_away(struct timer *timer) {
  hub_forget(&owner_of(timer, struct hub, away)->bus);
}

void hub_lost(struct bus *bus) {
  struct hub *hub = hub_of(bus);
  const struct registry *registry = bus->registry;
  hub->out = NULL;
  hub_asks_end(&hub->asks, NULL);
  list_each(const struct hub_room, room, &hub->rooms.all, link) {
    struct channel *channel = channel_find(registry, hub_room_name(room));
    if (channel) presence_guests(channel, 0);
  }
  timer_start(registry->timers, &hub->away, registry->config->offline_after);
}

/* --- the bus --- */

static void close_hub(struct bus *bus) {
  struct hub *hub = hub_of(bus);
  hub->out = NULL;
  hub_asks_end(&hub->asks, "closed");
  timer_stop(bus->registry->timers, &hub->away);
  hub_rooms_close(&hub->rooms);
  bus_close(hub->memory);
  free(hub);
}

struct bus *hub_bus_new(struct registry *registry) {
  static const struct bus_kind kind = {.publish = publish,
                                       .read = read_history,
                                       .ask_who = ask_who,
                                       .clear = clear,
                                       .close = close_hub};
  struct hub *hub = calloc(1, sizeof *hub);
  if (!hub) return NULL;
  hub->bus = (struct bus){.kind = &kind, .registry = registry};
  hub->memory = memory_bus_new(registry);
  if (!hub->memory) {
    free(hub);
    return NULL;
  }
  hub_rooms_open(&hub->rooms, registry->seed);
  hub->away.on_due = on_away;
  registry->channels.events = &channel_events;
  registry->channels.bus = &hub->bus;
  return &hub->bus;
}

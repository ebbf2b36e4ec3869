#include "bus/hub.h"

#include "bus/bus.h"
#include "bus/hub_room.h"
#include "bus/hub_who.h"
#include "bus/link.h"
#include "bus/link_answer.h"
#include "bus/link_request.h"
#include "bus/memory.h"
#include "lib/buffer.h"
#include "lib/owner.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/presence.h"
#include "model/registry.h"

#include <stdlib.h>

struct hub {
  struct bus bus;
  struct bus *memory;
  struct buffer *out; /* NULL: the peer is not told, or has ended */
  struct hub_rooms rooms;
  struct hub_asks asks; /* of the peer: who is there */
  struct timer away;    /* until the users of a peer that has ended are gone */
};

/* A request of the peer that is being done. */
struct served {
  struct bus_call call;
  struct hub *hub;
  uint64_t ticket;
};

static struct hub *hub_of(struct bus *bus) {
  return owner_of(bus, struct hub, bus);
}

/* --- saying --- */

static bool is_told(const struct hub *hub, struct text channel) {
  return hub->out && hub_room_find(&hub->rooms, channel);
}

static void say_came(struct hub *hub, struct text channel, struct text id,
                     struct text info) {
  if (!is_told(hub, channel)) return;
  size_t begin = link_begin(hub->out, LINK_CAME);
  link_put_text(hub->out, channel);
  link_put_text(hub->out, id);
  link_put_text(hub->out, info);
  link_end(hub->out, begin);
}

static void say_went(struct hub *hub, struct text channel, struct text id) {
  if (!is_told(hub, channel)) return;
  size_t begin = link_begin(hub->out, LINK_WENT);
  link_put_text(hub->out, channel);
  link_put_text(hub->out, id);
  link_end(hub->out, begin);
}

static void say_guests(struct hub *hub, const struct channel *channel) {
  if (!is_told(hub, channel_name(channel))) return;
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
  say_came(hub_of(context), channel_name(channel), id, info);
}

static void on_went(void *context, struct channel *channel, struct text id) {
  struct hub *hub = hub_of(context);
  const struct hub_room *room =
      hub_room_find(&hub->rooms, channel_name(channel));
  if (room && hub_room_has(room, id)) return; /* it is still at the peer's */
  presence_went(channel, id);
  say_went(hub, channel_name(channel), id);
}

static void on_guests(void *context, struct channel *channel) {
  say_guests(hub_of(context), channel);
}

static const struct channel_events channel_events = {
    .subscribed = on_subscribed,
    .unsubscribed = on_unsubscribed,
    .came = on_came,
    .went = on_went,
    .guests = on_guests};

/* --- who is there at the peer's --- */

static void start_presence(struct channel *channel) {
  bool is_wanted = channel->rule && channel->rule->presence != PRESENCE_NONE;
  if (is_wanted && !channel->presence) (void)presence_start(channel);
}

/* The peer has to know who is here. */
static void tell_all(struct hub *hub, const struct channel *channel) {
  if (!channel->presence) return;
  list_each(const struct member, member, &channel->presence->members,
            of_channel) {
    if (member->is_here)
      say_came(hub, channel_name(channel),
               (struct text){member->id, member->id_size},
               (struct text){member->info, member->info_size});
  }
  say_guests(hub, channel);
}

static bool take_subscribed(struct hub *hub, struct link_frame *frame) {
  struct text name = link_take_name(frame);
  bool was_occupied = link_take_flag(frame);
  if (!link_is_taken(frame)) return false;
  struct channel *channel = channel_open(hub->bus.registry, name);
  if (!channel || !hub_room_open(&hub->rooms, name)) return false;
  if (was_occupied && channel->transitions == 0)
    channel->is_occupied = true; /* the peer has called the hook */
  else
    channel_note_occupied(channel, true);
  start_presence(channel);
  tell_all(hub, channel);
  return true;
}

static void remove_member(struct hub *hub, struct hub_room *room,
                          struct text id) {
  struct text name = hub_room_name(room);
  struct channel *channel = channel_find(hub->bus.registry, name);
  if (!channel || !presence_has(channel, id)) {
    if (channel) presence_went(channel, id);
    say_went(hub, name, id);
  }
  hub_room_remove(room, id);
}

static void drop_room(struct hub *hub, struct hub_room *room) {
  struct channel *channel =
      channel_find(hub->bus.registry, hub_room_name(room));
  const struct hub_member *member;
  while ((member = hub_room_first(room)))
    remove_member(hub, room, (struct text){member->id, member->id_size});
  hub_room_free(&hub->rooms, room);
  if (!channel) return;
  presence_guests(channel, 0);
  if (!channel->is_subscribed) channel_note_occupied(channel, false);
  channel_mark(channel);
}

static bool take_unsubscribed(struct hub *hub, struct link_frame *frame) {
  struct hub_room *room = hub_room_find(&hub->rooms, link_take_name(frame));
  if (!link_is_taken(frame)) return false;
  if (room) drop_room(hub, room);
  return true;
}

/* LINK_CAME, LINK_WENT, LINK_GUESTS. */
static bool take_presence(struct hub *hub, struct link_frame *frame) {
  struct text none = {"", 0};
  struct text name = link_take_name(frame);
  bool has_id = frame->kind != LINK_GUESTS;
  struct text id = has_id ? link_take_id(frame) : none;
  struct text info = frame->kind == LINK_CAME ? link_take_json(frame) : none;
  uint64_t guests = has_id ? 0 : link_take_number(frame);
  if (!link_is_taken(frame) || guests > UINT32_MAX) return false;
  struct hub_room *room = hub_room_find(&hub->rooms, name);
  struct channel *channel = channel_find(hub->bus.registry, name);
  if (!room || !channel) return true; /* it has left the channel */
  if (frame->kind == LINK_CAME) {
    if (!hub_room_add(room, id)) return false;
    presence_came(channel, id, info);
    say_came(hub, name, id, info);
  } else if (frame->kind == LINK_WENT) {
    if (hub_room_has(room, id)) remove_member(hub, room, id);
  } else {
    presence_guests(channel, (uint32_t)guests);
  }
  return true;
}

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
  if (!answer->word && is_told(hub, publish->channel)) {
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
  struct buffer *out = is_told(hub, channel) ? hub->out : NULL;
  hub_ask_who(&hub->asks, hub->memory, call, channel, out);
}

static void clear(struct bus *bus, struct bus_call *call, struct text channel) {
  bus_clear(hub_of(bus)->memory, call, channel);
}

/* --- the peer --- */

static void on_served(struct bus_call *call, const struct bus_answer *answer) {
  struct served *served = owner_of(call, struct served, call);
  if (served->hub->out)
    link_put_answer(served->hub->out, served->ticket, answer);
  free(served);
}

static bool serve(struct hub *hub, struct link_frame *frame) {
  struct served *served = calloc(1, sizeof *served);
  if (!served) return false;
  *served = (struct served){.call.on_answer = on_served, .hub = hub};
  served->ticket = link_take_number(frame);
  if (link_take_request(frame, &hub->bus, &served->call)) return true;
  free(served);
  return false;
}

bool hub_received(struct bus *bus, struct link_frame *frame) {
  struct hub *hub = hub_of(bus);
  switch (frame->kind) {
  case LINK_SUBSCRIBED:
    return take_subscribed(hub, frame);
  case LINK_UNSUBSCRIBED:
    return take_unsubscribed(hub, frame);
  case LINK_CAME:
  case LINK_WENT:
  case LINK_GUESTS:
    return take_presence(hub, frame);
  case LINK_PUBLISH:
  case LINK_READ:
  case LINK_WHO:
  case LINK_CLEAR:
    return serve(hub, frame);
  case LINK_ANSWER:
    return hub_asks_take(&hub->asks, frame);
  default:
    return false;
  }
}

void hub_begin(struct bus *bus, struct buffer *out) {
  hub_of(bus)->out = out;
}

void hub_forget(struct bus *bus) {
  struct hub *hub = hub_of(bus);
  timer_stop(bus->registry->timers, &hub->away);
  list_each(struct hub_room, room, &hub->rooms.all, link)
    drop_room(hub, room);
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

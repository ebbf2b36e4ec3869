/*
** What the peer says to the hub: who is there at its place, and requests.
*/
#include "bus/hub.h"
#include "bus/hub_parts.h"
#include "bus/link.h"
#include "bus/link_answer.h"
#include "bus/link_request.h"
#include "model/channel.h"
#include "model/presence.h"
#include "model/registry.h"

#include <stdlib.h>

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
      hub_say_came(hub, channel_name(channel),
                   (struct text){member->id, member->id_size},
                   (struct text){member->info, member->info_size});
  }
  hub_say_guests(hub, channel);
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
    hub_say_went(hub, name, id);
  }
  hub_room_remove(room, id);
}

void hub_drop_room(struct hub *hub, struct hub_room *room) {
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
  if (room) hub_drop_room(hub, room);
  return true;
}

/* LINK_CAME, LINK_WENT, LINK_GUESTS. */
static bool take_presence(struct hub *hub, struct link_frame *frame) {
  struct link_presence said;
  if (!link_take_presence(frame, &said)) return false;
  struct hub_room *room = hub_room_find(&hub->rooms, said.channel);
  struct channel *channel = channel_find(hub->bus.registry, said.channel);
  if (!room || !channel) return true; /* it has left the channel */
  if (frame->kind == LINK_CAME) {
    if (!hub_room_add(room, said.id)) return false;
    presence_came(channel, said.id, said.info);
    hub_say_came(hub, said.channel, said.id, said.info);
  } else if (frame->kind == LINK_WENT) {
    if (hub_room_has(room, said.id)) remove_member(hub, room, said.id);
  } else {
    presence_guests(channel, said.guests);
  }
  return true;
}

/* --- requests --- */

/* A request of the peer that is being done. */
struct served {
  struct bus_call call;
  struct hub *hub;
  uint64_t ticket;
};

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

#ifndef BASE_BUS_HUB_PARTS_H
#define BASE_BUS_HUB_PARTS_H

/*
** What the files of the hub share. Only they include this.
*/
#include "bus/bus.h"
#include "bus/hub_room.h"
#include "bus/hub_who.h"
#include "lib/owner.h"
#include "lib/timers.h"

struct buffer;
struct channel;

struct hub {
  struct bus bus;
  struct bus *memory;
  struct buffer *out; /* NULL: the peer is not told, or has ended */
  struct hub_rooms rooms;
  struct hub_asks asks; /* of the peer: who is there */
  struct timer away;    /* until the users of a peer that has ended are gone */
};

static inline struct hub *hub_of(struct bus *bus) {
  return owner_of(bus, struct hub, bus);
}

/* Whether the peer is in the channel, and can be told. */
bool hub_tells(const struct hub *hub, struct text channel);

/* Tell the peer, if it is in the channel. */
void hub_say_came(struct hub *hub, struct text channel, struct text id,
                  struct text info);
void hub_say_went(struct hub *hub, struct text channel, struct text id);
void hub_say_guests(struct hub *hub, const struct channel *channel);

/* The peer leaves the channel. */
void hub_drop_room(struct hub *hub, struct hub_room *room);

#endif

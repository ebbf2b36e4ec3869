#ifndef BASE_BUS_HUB_ROOM_H
#define BASE_BUS_HUB_ROOM_H

/*
** What the hub knows of a channel that the peer is in: which users, and how
** many guests.
*/
#include "lib/list.h"
#include "lib/map.h"
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

struct registry;

struct hub_room {
  struct list_link link; /* in the list of all */
  struct map by_id;
  struct list members;
  uint64_t seed;
  uint8_t name_size;
  char name[];
};

struct hub_member {
  struct list_link link;
  uint8_t id_size;
  char id[];
};

struct hub_rooms {
  uint64_t seed;
  struct map by_name;
  struct list all;
};

void hub_rooms_open(struct hub_rooms *rooms, uint64_t seed);
void hub_rooms_close(struct hub_rooms *rooms);

/* The room, or NULL. */
struct hub_room *hub_room_find(const struct hub_rooms *rooms, struct text name);

/* Finds or makes it; NULL when memory ran out. */
struct hub_room *hub_room_open(struct hub_rooms *rooms, struct text name);
void hub_room_free(struct hub_rooms *rooms, struct hub_room *room);

struct text hub_room_name(const struct hub_room *room);

/* Whether the user is in it; adds it, or takes it out. hub_room_add is false
   when memory ran out. */
bool hub_room_has(const struct hub_room *room, struct text id);
bool hub_room_add(struct hub_room *room, struct text id);
void hub_room_remove(struct hub_room *room, struct text id);

/* One of its members, or NULL. */
struct hub_member *hub_room_first(const struct hub_room *room);

#endif

#include "bus/hub_room.h"

#include <stdlib.h>
#include <string.h>

/* --- members --- */

static struct text id_of(const struct hub_member *member) {
  return (struct text){member->id, member->id_size};
}

static bool is_member_with_id(const void *value, const void *key) {
  const struct text *id = key;
  return text_equals(id_of(value), *id);
}

static uint64_t hash_of(uint64_t seed, struct text text) {
  return map_hash_bytes(text.bytes, text.size, seed);
}

static struct hub_member *find_member(const struct hub_room *room,
                                      struct text id) {
  return map_find(&room->by_id, hash_of(room->seed, id), &id);
}

bool hub_room_has(const struct hub_room *room, struct text id) {
  return find_member(room, id) != NULL;
}

bool hub_room_add(struct hub_room *room, struct text id) {
  if (hub_room_has(room, id)) return true;
  struct hub_member *member = calloc(1, sizeof *member + id.size);
  if (!member) return false;
  member->id_size = (uint8_t)id.size;
  memcpy(member->id, id.bytes, id.size);
  if (!map_add(&room->by_id, hash_of(room->seed, id), member)) {
    free(member);
    return false;
  }
  list_append(&room->members, &member->link);
  return true;
}

void hub_room_remove(struct hub_room *room, struct text id) {
  struct hub_member *member = find_member(room, id);
  if (!member) return;
  map_remove(&room->by_id, hash_of(room->seed, id), member);
  list_remove(&member->link);
  free(member);
}

struct hub_member *hub_room_first(const struct hub_room *room) {
  return list_first(&room->members, struct hub_member, link);
}

/* --- rooms --- */

struct text hub_room_name(const struct hub_room *room) {
  return (struct text){room->name, room->name_size};
}

static bool is_room_with_name(const void *value, const void *key) {
  const struct text *name = key;
  return text_equals(hub_room_name(value), *name);
}

void hub_rooms_open(struct hub_rooms *rooms, uint64_t seed) {
  rooms->seed = seed;
  rooms->by_name.has_key = is_room_with_name;
}

void hub_rooms_close(struct hub_rooms *rooms) {
  list_each(struct hub_room, room, &rooms->all, link)
    hub_room_free(rooms, room);
  map_close(&rooms->by_name);
}

struct hub_room *hub_room_find(const struct hub_rooms *rooms,
                               struct text name) {
  return map_find(&rooms->by_name, hash_of(rooms->seed, name), &name);
}

struct hub_room *hub_room_open(struct hub_rooms *rooms, struct text name) {
  struct hub_room *room = hub_room_find(rooms, name);
  if (room) return room;
  room = calloc(1, sizeof *room + name.size);
  if (!room) return NULL;
  room->by_id.has_key = is_member_with_id;
  room->seed = rooms->seed;
  room->name_size = (uint8_t)name.size;
  memcpy(room->name, name.bytes, name.size);
  if (!map_add(&rooms->by_name, hash_of(rooms->seed, name), room)) {
    free(room);
    return NULL;
  }
  list_append(&rooms->all, &room->link);
  return room;
}

void hub_room_free(struct hub_rooms *rooms, struct hub_room *room) {
  map_remove(&rooms->by_name, hash_of(rooms->seed, hub_room_name(room)), room);
  list_remove(&room->link);
  list_each(struct hub_member, member, &room->members, link)
    free(member);
  map_close(&room->by_id);
  free(room);
}

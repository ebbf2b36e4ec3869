#include "lib/map.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 4 };

/* The finisher of MurmurHash3. */
uint64_t map_hash_id(uint64_t id) {
  id ^= id >> 33;
  id *= 0xff51afd7ed558ccdu;
  id ^= id >> 33;
  id *= 0xc4ceb9fe1a85ec53u;
  id ^= id >> 33;
  return id;
}

static uint64_t rotate_left(uint64_t word, int bits) {
  return word << bits | word >> (64 - bits);
}

static void sip_round(uint64_t v[4]) {
  v[0] += v[1];
  v[2] += v[3];
  v[1] = rotate_left(v[1], 13) ^ v[0];
  v[3] = rotate_left(v[3], 16) ^ v[2];
  v[0] = rotate_left(v[0], 32) + v[3];
  v[2] += v[1];
  v[3] = rotate_left(v[3], 21) ^ v[0];
  v[1] = rotate_left(v[1], 17) ^ v[2];
  v[2] = rotate_left(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word) {
  v[3] ^= word;
  sip_round(v);
  v[0] ^= word;
}

/* SipHash-1-3: a client that chooses keys but does not know the seed cannot
   make them collide. The byte order may differ between machines, because no
   hash leaves the process. */
uint64_t map_hash_bytes(const void *bytes, size_t size, uint64_t seed) {
  uint64_t other_seed = map_hash_id(~seed);
  uint64_t v[4] = {seed ^ 0x736f6d6570736575u, other_seed ^ 0x646f72616e646f6du,
                   seed ^ 0x6c7967656e657261u,
                   other_seed ^ 0x7465646279746573u};
  const char *at = bytes;
  uint64_t word;
  size_t left = size;
  for (; left >= sizeof word; left -= sizeof word, at += sizeof word) {
    memcpy(&word, at, sizeof word);
    sip_word(v, word);
  }
  word = 0;
  if (left) memcpy(&word, at, left);
  sip_word(v, word);
  sip_word(v, size);
  v[2] ^= 0xff;
  sip_round(v);
  sip_round(v);
  sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static size_t home_place(const struct map *map, uint64_t hash) {
  return (size_t)hash & (map->capacity - 1);
}

static size_t next_place(const struct map *map, size_t place) {
  return (place + 1) & (map->capacity - 1);
}

static bool slot_matches(const struct map *map, const struct map_slot *slot,
                         uint64_t hash, const void *key) {
  if (slot->hash != hash) return false;
  return !map->has_key || map->has_key(slot->value, key);
}

void *map_find(const struct map *map, uint64_t hash, const void *key) {
  if (map->count == 0) return NULL;
  size_t place = home_place(map, hash);
  while (map->slots[place].value) {
    if (slot_matches(map, &map->slots[place], hash, key)) {
      return map->slots[place].value;
    }
    place = next_place(map, place);
  }
  return NULL;
}

static void put_slot(struct map *map, struct map_slot slot) {
  size_t place = home_place(map, slot.hash);
  while (map->slots[place].value) {
    place = next_place(map, place);
  }
  map->slots[place] = slot;
}

static bool make_slot_room(struct map *map) {
  if (map->count < map->capacity / 4 * 3) return true;
  struct map old = *map;
  size_t capacity = old.capacity ? old.capacity * 2 : SMALLEST;
  if (capacity < old.capacity) return false;
  struct map_slot *slots = calloc(capacity, sizeof *slots);
  if (!slots) return false;
  map->slots = slots;
  map->capacity = capacity;
  for (size_t i = 0; i < old.capacity; i++) {
    if (old.slots[i].value) put_slot(map, old.slots[i]);
  }
  free(old.slots);
  return true;
}

bool map_add(struct map *map, uint64_t hash, void *value) {
  if (!make_slot_room(map)) return false;
  put_slot(map, (struct map_slot){hash, value});
  map->count++;
  return true;
}

/* Closes the gap at `gap`: a later value of the same row moves into it, unless
   the value would then lie before its home. So removing leaves no marks. */
static void close_gap(struct map *map, size_t gap) {
  size_t mask = map->capacity - 1;
  size_t place = next_place(map, gap);
  for (; map->slots[place].value; place = next_place(map, place)) {
    size_t way = (place - home_place(map, map->slots[place].hash)) & mask;
    if (way < ((place - gap) & mask)) continue;
    map->slots[gap] = map->slots[place];
    gap = place;
  }
  map->slots[gap] = (struct map_slot){0};
}

void map_remove(struct map *map, uint64_t hash, const void *value) {
  if (map->count == 0) return;
  size_t place = home_place(map, hash);
  while (map->slots[place].value != value) {
    if (!map->slots[place].value) return;
    place = next_place(map, place);
  }
  close_gap(map, place);
  map->count--;
}

void *map_next(const struct map *map, size_t *cursor) {
  while (*cursor < map->capacity) {
    void *value = map->slots[(*cursor)++].value;
    if (value) return value;
  }
  return NULL;
}

void map_close(struct map *map) {
  free(map->slots);
  map->slots = NULL;
  map->count = 0;
  map->capacity = 0;
}

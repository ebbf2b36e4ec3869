#ifndef BASE_LIB_MAP_H
#define BASE_LIB_MAP_H

/*
** A hash table from a key that its values carry (open addressing, linear
** probing, at most three quarters full). It owns no value.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
  uint64_t hash;
  void *value; /* NULL: the slot is free */
};

struct map {
  struct map_slot *slots;
  size_t count;
  size_t capacity; /* a power of two, or 0 */
  /* Whether `value` has `key`. May be NULL: then equal hashes mean equal keys,
     as is true of ids. */
  bool (*has_key)(const void *value, const void *key);
};

uint64_t map_hash_id(uint64_t id); /* a bijection: distinct ids never collide */
uint64_t map_hash_bytes(const void *bytes, size_t size, uint64_t seed);

void *map_find(const struct map *map, uint64_t hash, const void *key);

/* Adds a value whose key is not yet there. False when memory ran out. */
bool map_add(struct map *map, uint64_t hash, void *value);
void map_remove(struct map *map, uint64_t hash, const void *value);

/* Walks all values: begin with *cursor = 0; NULL ends it. The map may not
   change during the walk. */
void *map_next(const struct map *map, size_t *cursor);
void map_close(struct map *map);

#endif

/*
** The map against a plain array that says what should be in it.
*/
#include "check.h"

#include "lib/map.h"

#include <stdlib.h>
#include <string.h>

enum { IDS = 600, ROUNDS = 200000 };

struct item {
  uint64_t id;
  bool is_in;
};

static struct item items[IDS];

/* The same numbers in every run. */
static uint32_t next_random(void) {
  static uint64_t state = 20240229;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}

static bool has_id(const void *value, const void *key) {
  return ((const struct item *)value)->id == *(const uint64_t *)key;
}

static uint64_t hash_well(uint64_t id) {
  return map_hash_id(id);
}

/* Long rows that begin in a few homes, at the very end of the table too. */
static uint64_t hash_badly(uint64_t id) {
  return id % 5 == 0 ? UINT64_MAX - id % 3 : id % 7;
}

static bool is_as_modelled(const struct map *map,
                           uint64_t (*hash)(uint64_t id)) {
  size_t expected = 0;
  for (uint64_t id = 0; id < IDS; id++) {
    void *wanted = items[id].is_in ? &items[id] : NULL;
    if (map_find(map, hash(id), &id) != wanted) return false;
    expected += items[id].is_in;
  }
  if (map->count != expected) return false;
  size_t cursor = 0;
  size_t walked = 0;
  struct item *item;
  while ((item = map_next(map, &cursor))) {
    if (!item->is_in) return false;
    walked++;
  }
  return walked == expected && map->count * 4 <= map->capacity * 3;
}

static void start_model(void) {
  for (uint64_t id = 0; id < IDS; id++) {
    items[id] = (struct item){id, false};
  }
}

/* Adds and removes at random, with a bias that fills and empties in turn. */
static void check_against_model(uint64_t (*hash)(uint64_t id), bool has_keys) {
  struct map map = {.has_key = has_keys ? has_id : NULL};
  start_model();
  for (uint32_t round = 0; round < ROUNDS; round++) {
    uint64_t id = next_random() % IDS;
    bool grows = round / 5000 % 2 == 0;
    bool wants_in = next_random() % 8 < (grows ? 6 : 2);
    if (wants_in && !items[id].is_in) {
      CHECK(map_add(&map, hash(id), &items[id]));
      items[id].is_in = true;
    } else if (!wants_in) {
      map_remove(&map, hash(id), &items[id]);
      items[id].is_in = false;
    }
    if (round % 997 == 0) CHECK(is_as_modelled(&map, hash));
  }
  CHECK(is_as_modelled(&map, hash));
  map_close(&map);
  CHECK(map.count == 0 && map.capacity == 0);
}

static void test_model(void) {
  check_against_model(hash_well, true);
  check_against_model(hash_badly, true);
}

/* Without has_key the hash is the key. */
static void test_ids(void) {
  check_against_model(hash_well, false);
}

static void test_empty(void) {
  struct map map = {0};
  size_t cursor = 0;
  CHECK(!map_find(&map, 1, NULL));
  CHECK(!map_next(&map, &cursor));
  map_remove(&map, 1, &map);
  map_close(&map);
  int value = 0;
  CHECK(map_add(&map, 1, &value));
  CHECK(map_find(&map, 1, NULL) == &value);
  map_close(&map);
}

static void test_remove_all(void) {
  struct map map = {0};
  start_model();
  for (uint64_t id = 0; id < IDS; id++) {
    CHECK(map_add(&map, map_hash_id(id), &items[id]));
  }
  for (uint64_t id = 0; id < IDS; id++) {
    map_remove(&map, map_hash_id(id), &items[id]);
  }
  size_t cursor = 0;
  CHECK(map.count == 0);
  CHECK(!map_next(&map, &cursor));
  map_close(&map);
}

static void test_hash_of_ids(void) {
  /* Neighbours do not share their low bits. */
  unsigned seen[64] = {0};
  for (uint64_t id = 0; id < 6400; id++) {
    seen[map_hash_id(id) % 64]++;
  }
  for (int i = 0; i < 64; i++) {
    CHECK(seen[i] > 50 && seen[i] < 150);
  }
}

/* Every size counts, every byte counts, the seed counts, and nothing is read
   behind the end. */
static void test_hash_of_bytes(void) {
  for (size_t size = 0; size <= 40; size++) {
    char *bytes = calloc(1, size ? size : 1);
    if (!bytes) abort();
    uint64_t hash = map_hash_bytes(bytes, size, 1);
    CHECK(hash == map_hash_bytes(bytes, size, 1));
    CHECK(hash != map_hash_bytes(bytes, size, 2));
    if (size) CHECK(hash != map_hash_bytes(bytes, size - 1, 1));
    for (size_t i = 0; i < size; i++) {
      bytes[i] = 1;
      CHECK(hash != map_hash_bytes(bytes, size, 1));
      bytes[i] = 0;
    }
    free(bytes);
  }
}

int main(void) {
  test_empty();
  test_model();
  test_ids();
  test_remove_all();
  test_hash_of_ids();
  test_hash_of_bytes();
  return check_report();
}

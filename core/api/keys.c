#include "api/keys.h"

#include "api/vm.h"

#include <lauxlib.h>
#include <string.h>

struct key key_at(lua_State *L, int place) {
  struct key key = {.place = place};
  key.bytes = lua_tolstring(L, place, &key.size);
  return key;
}

/* Lua ends each string with a zero, so that even an empty one has a first byte:
   it settles most comparisons. */
static bool is_before(const struct key *a, const struct key *b) {
  unsigned char first_of_a = (unsigned char)*a->bytes;
  unsigned char first_of_b = (unsigned char)*b->bytes;
  if (first_of_a != first_of_b) return first_of_a < first_of_b;
  size_t size = a->size < b->size ? a->size : b->size;
  int order = memcmp(a->bytes, b->bytes, size);
  return order < 0 || (order == 0 && a->size < b->size);
}

void keys_insert(struct key *keys, size_t count, struct key key) {
  size_t place = count;
  for (; place > 0 && is_before(&key, &keys[place - 1]); place--)
    keys[place] = keys[place - 1];
  keys[place] = key;
}

/* How many keys the table has; or SIZE_MAX, and the one that is no string at
   the top. */
static size_t count_strings(lua_State *L, int table) {
  const struct run *run = &api_of(L)->run;
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, table); count++) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) return SIZE_MAX;
    run_look(L, run);
  }
  return count;
}

/* Every KEYS_FEW of them are put in order. */
static void collect(lua_State *L, int table, struct key *keys) {
  const struct run *run = &api_of(L)->run;
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, table); count++) {
    lua_pop(L, 1);
    size_t few = count % KEYS_FEW;
    keys_insert(keys + count - few, few, key_at(L, -1));
    run_look(L, run);
  }
}

/* Makes one row of two that lie behind each other: of [0, middle) and
   [middle, end). */
static void merge(const struct key *from, size_t middle, size_t end,
                  struct key *to) {
  size_t left = 0;
  size_t right = middle;
  while (left < middle && right < end)
    *to++ = is_before(&from[right], &from[left]) ? from[right++] : from[left++];
  memcpy(to, from + left, (middle - left) * sizeof *to);
  memcpy(to + (middle - left), from + right, (end - right) * sizeof *to);
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Merges rows of KEYS_FEW, then of twice as many, until there is one. */
static struct key *merge_all(lua_State *L, struct key *keys, struct key *spare,
                             size_t count) {
  const struct run *run = &api_of(L)->run;
  for (size_t width = KEYS_FEW; width < count; width *= 2) {
    for (size_t begin = 0; begin < count; begin += 2 * width) {
      size_t left = count - begin;
      merge(keys + begin, smaller(width, left), smaller(2 * width, left),
            spare + begin);
      run_look(L, run);
    }
    struct key *merged = spare;
    spare = keys;
    keys = merged;
  }
  return keys;
}

const struct key *keys_push_all(lua_State *L, int table, size_t *count) {
  table = lua_absindex(L, table);
  *count = count_strings(L, table);
  if (*count == SIZE_MAX) return NULL;
  struct key *keys = lua_newuserdatauv(L, 2 * *count * sizeof *keys, 0);
  collect(L, table, keys);
  return merge_all(L, keys, keys + *count, *count);
}

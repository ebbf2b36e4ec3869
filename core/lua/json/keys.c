#include "lua/json/keys.h"

#include "lua/vm/vm.h"

#include <lauxlib.h>
#include <string.h>

struct key key_at(lua_State *L, int place) {
  struct key key = {.place = place};
  key.bytes = lua_tolstring(L, place, &key.size);
  return key;
}

/* Lua ends each string with a zero, so even an empty one has a first byte; that
   byte decides most comparisons. */
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

/* Counts the keys of the table; SIZE_MAX, with the key at the top, if one is
   not a string. */
static size_t count_strings(lua_State *L, int table) {
  const struct run *run = &scripts_of(L)->run;
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, table); count++) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) return SIZE_MAX;
    run_look(L, run);
  }
  return count;
}

/* A row is a userdata with room for the keys twice, as merging needs, and a
   table that keeps their strings. */
static struct key *push_row(lua_State *L, size_t room) {
  struct key *keys = lua_newuserdatauv(L, 2 * room * sizeof *keys, 1);
  lua_createtable(L, (int)room, 0);
  lua_setiuservalue(L, -2, 1);
  return keys;
}

/* Collects the keys and sorts each KEYS_FEW of them. Returns how many there
   are; SIZE_MAX if there is no room or a key is not a string, as the table was
   changed meanwhile. The row is at the top. */
static size_t collect_keys(lua_State *L, int table, struct key *keys,
                           size_t room) {
  const struct run *run = &scripts_of(L)->run;
  size_t count = 0;
  lua_getiuservalue(L, -1, 1);
  int strings = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, table); count++) {
    lua_settop(L, strings + 1);
    if (count == room || lua_type(L, -1) != LUA_TSTRING) {
      count = SIZE_MAX;
      break;
    }
    struct key key = key_at(L, -1);
    key.place = (int)count + 1;
    lua_pushvalue(L, -1);
    lua_rawseti(L, strings, key.place);
    size_t few = count % KEYS_FEW;
    keys_insert(keys + count - few, few, key);
    run_look(L, run);
  }
  lua_settop(L, strings - 1);
  return count;
}

/* Merges two sorted parts, [0, middle) and [middle, end), into `to`. */
static void merge_rows(const struct key *from, size_t middle, size_t end,
                       struct key *to) {
  size_t left = 0;
  size_t right = middle;
  while (left < middle && right < end)
    *to++ = is_before(&from[right], &from[left]) ? from[right++] : from[left++];
  memcpy(to, from + left, (middle - left) * sizeof *to);
  memcpy(to + (middle - left), from + right, (end - right) * sizeof *to);
}

static size_t smaller_count(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Merges parts of KEYS_FEW keys, then of twice as many, until one is left. */
static struct key *merge_all_rows(lua_State *L, struct key *keys,
                                  struct key *spare, size_t count) {
  const struct run *run = &scripts_of(L)->run;
  for (size_t width = KEYS_FEW; width < count; width *= 2) {
    for (size_t begin = 0; begin < count; begin += 2 * width) {
      size_t left = count - begin;
      merge_rows(keys + begin, smaller_count(width, left),
                 smaller_count(2 * width, left), spare + begin);
      run_look(L, run);
    }
    struct key *merged = spare;
    spare = keys;
    keys = merged;
  }
  return keys;
}

const struct key *keys_push_all(lua_State *L, int table, size_t *count) {
  int top = lua_gettop(L);
  struct key *keys;
  size_t room;
  table = lua_absindex(L, table);
  do {
    lua_settop(L, top);
    room = count_strings(L, table);
    if (room == SIZE_MAX) return NULL;
    keys =
        push_row(L, room); /* may run a finalizer, which may change the table */
    *count = collect_keys(L, table, keys, room);
  } while (*count == SIZE_MAX);
  return merge_all_rows(L, keys, keys + room, *count);
}

void keys_push(lua_State *L, int row, const struct key *key) {
  lua_getiuservalue(L, row, 1);
  lua_rawgeti(L, -1, key->place);
  lua_replace(L, -2);
}

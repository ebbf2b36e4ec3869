#ifndef BASE_LUA_JSON_KEYS_H
#define BASE_LUA_JSON_KEYS_H

/*
** The string keys of a table in the order of their bytes. The order of lua_next
** depends on the seed of Lua's hash: a client that sees it can find the seed,
** and then keys that collide.
*/
#include <lua.h>
#include <stddef.h>

/* A view of a key; valid while the string stays where it is. */
struct key {
  const char *bytes;
  size_t size;
  int place; /* on the stack, or in the row of keys_push_all */
};

/* This many keys are sorted by insertion; most tables have no more. */
enum { KEYS_FEW = 16 };

/* The key that lies at `place` of the stack, and is a string. */
struct key key_at(lua_State *L, int place);

/* Inserts a key into the first `count` keys, which are sorted. */
void keys_insert(struct key *keys, size_t count, struct key key);

/* Pushes a row of all keys of the table at `table`, sorted, and returns them:
   they are valid while the row is on the stack, whatever happens to the table.
   If a key is not a string, pushes that key and returns NULL. Raises when the
   run is being ended. While it makes the row, the collector may run finalizers;
   no other function here does, nor do lua_next and lua_rawget. */
const struct key *keys_push_all(lua_State *L, int table, size_t *count);

/* Pushes the key of the row at `row` as a string of Lua's. */
void keys_push(lua_State *L, int row, const struct key *key);

#endif

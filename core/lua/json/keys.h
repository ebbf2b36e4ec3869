#ifndef BASE_LUA_JSON_KEYS_H
#define BASE_LUA_JSON_KEYS_H

/*
** The string keys of a table in the order of their bytes. The order in which
** Lua gives them depends on the seed of its hash: who is shown that order can
** find the seed, and then keys that collide.
*/
#include <lua.h>
#include <stddef.h>

/* A view of a key; good while the string is where it lies. */
struct key {
  const char *bytes;
  size_t size;
  int place; /* on the stack, or in what keys_push_all has pushed */
};

/* So many are put in order one by one: most tables have no more. */
enum { KEYS_FEW = 16 };

/* The key that lies at `place` of the stack, and is a string. */
struct key key_at(lua_State *L, int place);

/* Puts one more among the first `count` of them, which are in order. */
void keys_insert(struct key *keys, size_t count, struct key key);

/* Pushes a row of all keys of the table at `table`, in order, and returns them:
   they are good while the row lies on the stack, whatever becomes of the table.
   NULL where a key is no string: pushes that one instead. Raises where the run
   was ended. While it makes the row the collector may run finalizers; nothing
   else here, nor lua_next and lua_rawget, lets it. */
const struct key *keys_push_all(lua_State *L, int table, size_t *count);

/* Pushes the key of the row at `row` as a string of Lua's. */
void keys_push(lua_State *L, int row, const struct key *key);

#endif

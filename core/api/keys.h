#ifndef BASE_KEYS_H
#define BASE_KEYS_H

/*
** The string keys of a table in the order of their bytes. The order in which
** Lua gives them depends on the seed of its hash: who is shown that order can
** find the seed, and then keys that collide.
*/
#include <lua.h>
#include <stddef.h>

/* A view of a key; good while the table has it. */
struct key {
  const char *bytes;
  size_t size;
  int place; /* where on the stack it lies, for whoever wants to know */
};

/* So many are put in order one by one: most tables have no more. */
enum { KEYS_FEW = 16 };

/* The key that lies at `place` of the stack, and is a string. */
struct key key_at(lua_State *L, int place);

/* Puts one more among the first `count` of them, which are in order. */
void keys_insert(struct key *keys, size_t count, struct key key);

/* Pushes a userdata with all keys of the table at `table`, in order, and
   returns them; their places say nothing. NULL where a key is no string: pushes
   that one instead. Raises where the run was ended. */
const struct key *keys_push_all(lua_State *L, int table, size_t *count);

#endif

#ifndef BASE_LUA_OBJECT_USER_FIELDS_H
#define BASE_LUA_OBJECT_USER_FIELDS_H

/*
** A user's fields: what the application says of it, in a table that belongs to
** its handle. What is named like a member of Base (`id`, `connections`, a
** method) is left out.
*/
#include <lua.h>
#include <stdbool.h>

/* Whether the key at `index` is this string. */
bool user_is_field(lua_State *L, int index, const char *name);

/* Whether the key at `index` names what is Base's. */
bool user_is_member(lua_State *L, int index);

/* Pushes a new table with what the table at `source` says. */
void user_fields_copy(lua_State *L, int source);

/* Pushes a new table: the fields at `old`, over them what the table at `source`
   says. There json.null takes a field away. */
void user_fields_merge(lua_State *L, int old, int source);

#endif

#ifndef BASE_LUA_OBJECT_USER_FIELDS_H
#define BASE_LUA_OBJECT_USER_FIELDS_H

/*
** A user's fields, as the application has set them, in a table of the handle.
** Fields that are named like a member of Base (`id`, `connections`, a method)
** are left out.
*/
#include <lua.h>
#include <stdbool.h>

/* Whether the key at `index` is this string. */
bool user_is_field(lua_State *L, int index, const char *name);

/* Whether the key at `index` is the name of a member of Base. */
bool user_is_member(lua_State *L, int index);

/* Pushes a new table with the fields of the table at `source`. */
void user_fields_copy(lua_State *L, int source);

/* Pushes a new table: the fields at `old`, replaced by those of the table at
   `source`. There json.null removes a field. */
void user_fields_merge(lua_State *L, int old, int source);

#endif

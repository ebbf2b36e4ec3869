/*
** The class of users. A handle holds a user's id; its methods act on the user
** who has that id now. Its fields belong to the handle: see user_fields.h.
*/
#include "model/user.h"
#include "lib/utf8.h"
#include "lua/object/objects.h"
#include "lua/object/user_fields.h"
#include "model/connection.h"
#include "model/registry.h"

#include <string.h>

enum { FIELDS = 1, UPVALUE_METHODS = 1 };

static const char class_name[] = "base.user";

#define FLOAT_EXACT (INT64_C(1) << 53)

struct handle {
  bool is_integer;
  size_t size;
  char id[];
};

static struct handle *check_user_handle(lua_State *L, int index) {
  return luaL_checkudata(L, index, class_name);
}

struct text user_check_handle(lua_State *L, int index) {
  const struct handle *handle = check_user_handle(L, index);
  return (struct text){handle->id, handle->size};
}

struct user *user_check(lua_State *L, int index) {
  return user_find(scripts_of(L)->registry, user_check_handle(L, index));
}

/* --- ids --- */

struct text user_check_id(lua_State *L, int index, bool *is_integer) {
  struct text id;
  int whole = 0;
  int type = lua_type(L, index);
  *is_integer = type == LUA_TNUMBER;
  if (type == LUA_TNUMBER) {
    lua_Integer number = lua_tointegerx(L, index, &whole);
    /* Beyond 2^53 two ids would become one float. */
    bool is_exact = lua_isinteger(L, index) ||
                    (number < FLOAT_EXACT && number > -FLOAT_EXACT);
    if (!whole || !is_exact) {
      number_push(L, index);
      luaL_error(L, "a user's id must be %s%s",
                 whole ? "an integer, not the float " : "whole, not ",
                 lua_tostring(L, -1));
    }
    lua_pushinteger(L, number);
  } else if (type == LUA_TSTRING) {
    lua_pushvalue(L, index);
  } else {
    luaL_error(L, "a user's id must be an integer or a string, not %s",
               luaL_typename(L, index));
  }
  id.bytes = lua_tolstring(L, -1, &id.size);
  if (id.size == 0 || id.size > USER_ID_MAX)
    luaL_error(L, "a user's id must have 1 to %d bytes", USER_ID_MAX);
  if (!utf8_is_valid(id.bytes, id.size))
    luaL_error(L, "a user's id is not valid UTF-8");
  return id;
}

static void push_user_id(lua_State *L, const char *id, size_t size,
                         bool is_integer) {
  lua_pushlstring(L, id, size);
  if (!is_integer) return;
  lua_Integer number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  lua_pushinteger(L, number);
}

/* --- handles --- */

void user_push(lua_State *L, const struct user *user) {
  if (user->handle != 0) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, user->handle);
    return;
  }
  anchor_push(L, ANCHOR_USERS);
  lua_pushlstring(L, user->id, user->id_size);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    size_t size = user->id_size;
    struct handle *handle = lua_newuserdatauv(L, sizeof *handle + size + 1, 1);
    handle->is_integer = user->is_integer;
    handle->size = size;
    memcpy(handle->id, user->id, size + 1);
    luaL_setmetatable(L, class_name);
    lua_newtable(L);
    lua_setiuservalue(L, -2, FIELDS);
    lua_pushlstring(L, user->id, size);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_replace(L, -2);
}

void user_push_joined(lua_State *L, struct user *user, int fields) {
  fields = lua_absindex(L, fields);
  user_push(L, user);
  check_user_handle(L, -1)->is_integer = user->is_integer;
  user_fields_copy(L, fields);
  lua_setiuservalue(L, -2, FIELDS);
  if (user->handle != 0) return;
  lua_pushvalue(L, -1);
  user->handle = luaL_ref(L, LUA_REGISTRYINDEX);
}

void user_update(lua_State *L, int index, int fields) {
  index = lua_absindex(L, index);
  fields = lua_absindex(L, fields);
  lua_getiuservalue(L, index, FIELDS);
  user_fields_merge(L, lua_absindex(L, -1), fields);
  lua_setiuservalue(L, index, FIELDS);
}

void user_forget(lua_State *L, struct user *user) {
  if (user->handle != 0) luaL_unref(L, LUA_REGISTRYINDEX, user->handle);
  user->handle = 0;
}

/* --- fields --- */

static void push_connections(lua_State *L, const struct user *user) {
  lua_newtable(L);
  if (!user) return;
  list_each(struct connection, each, &user->connections, of_user) {
    connection_push(L, each);
    lua_rawseti(L, -2, (lua_Integer)each->id);
  }
}

static int m_index(lua_State *L) {
  struct handle *handle = check_user_handle(L, 1);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(UPVALUE_METHODS)) != LUA_TNIL) return 1;
  if (user_is_field(L, 2, "id")) {
    push_user_id(L, handle->id, handle->size, handle->is_integer);
  } else if (user_is_field(L, 2, "connections")) {
    push_connections(L, user_check(L, 1));
  } else {
    lua_getiuservalue(L, 1, FIELDS);
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
  }
  return 1;
}

static int m_newindex(lua_State *L) {
  check_user_handle(L, 1);
  if (user_is_member(L, 2))
    return luaL_error(L, "user.%s is Base's and cannot be set",
                      lua_tostring(L, 2));
  lua_getiuservalue(L, 1, FIELDS);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_settable(L, -3);
  return 0;
}

static int next_field(lua_State *L) {
  lua_settop(L, 2);
  if (lua_next(L, 1)) return 2;
  lua_pushnil(L);
  return 1;
}

/* pairs(user): the application's fields */
static int m_pairs(lua_State *L) {
  check_user_handle(L, 1);
  lua_pushcfunction(L, next_field);
  lua_getiuservalue(L, 1, FIELDS); /* the loop keeps this table even if the
                                      fields are replaced */
  lua_pushnil(L);
  return 3;
}

static int m_tostring(lua_State *L) {
  lua_pushfstring(L, "user %s", check_user_handle(L, 1)->id);
  return 1;
}

void user_class_open(lua_State *L) {
  luaL_newmetatable(L, class_name);
  lua_insert(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, -4, "user"); /* in core */
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "methods");
  lua_pushcclosure(L, m_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, m_newindex);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, m_pairs);
  lua_setfield(L, -2, "__pairs");
  lua_pushcfunction(L, m_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

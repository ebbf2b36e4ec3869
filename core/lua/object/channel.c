/*
** The class of channels. A handle is a name; its methods act on the channel
** that has that name now. Handles of equal names are the same value.
*/
#include "model/channel.h"
#include "lib/utf8.h"
#include "lua/object/objects.h"

#include <string.h>

enum { UPVALUE_METHODS = 1 };

static const char class_name[] = "base.channel";

struct handle {
  size_t size;
  char name[];
};

static struct text name_of(const struct handle *handle) {
  return (struct text){handle->name, handle->size};
}

/* --- handles --- */

void channel_push(lua_State *L, struct text name) {
  anchor_push(L, ANCHOR_CHANNELS);
  lua_pushlstring(L, name.bytes, name.size);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TNIL) {
    lua_pop(L, 1);
    struct handle *handle = lua_newuserdatauv(L, sizeof *handle + name.size, 0);
    handle->size = name.size;
    memcpy(handle->name, name.bytes, name.size);
    luaL_setmetatable(L, class_name);
    lua_insert(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  } else {
    lua_replace(L, -2);
  }
  lua_replace(L, -2);
}

struct text channel_check(lua_State *L, int index) {
  return name_of(luaL_checkudata(L, index, class_name));
}

/* Raises unless it is the name of a channel. */
static void check_name(lua_State *L, struct text name) {
  if (channel_name_is_valid(name)) return;
  luaL_error(L, "a channel's name must be 1 to 128 bytes of valid UTF-8, "
                "without control characters, and not begin with '$'");
}

struct text channel_check_name(lua_State *L, int index) {
  const struct handle *handle = luaL_testudata(L, index, class_name);
  struct text name;
  if (handle) return name_of(handle);
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_error(L, "a channel or its name is expected, not %s",
               luaL_typename(L, index));
  name.bytes = lua_tolstring(L, index, &name.size);
  check_name(L, name);
  return name;
}

/* --- the class --- */

static int m_index(lua_State *L) {
  const struct handle *handle = luaL_checkudata(L, 1, class_name);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(UPVALUE_METHODS)) != LUA_TNIL) return 1;
  if (lua_type(L, 2) != LUA_TSTRING || strcmp(lua_tostring(L, 2), "name") != 0)
    return 1;
  lua_pushlstring(L, handle->name, handle->size);
  return 1;
}

static int m_newindex(lua_State *L) {
  return luaL_error(L, "a channel has no fields of the script's own: keep them "
                       "in a table by its name");
}

static int m_tostring(lua_State *L) {
  const struct handle *handle = luaL_checkudata(L, 1, class_name);
  lua_pushlstring(L, handle->name, handle->size);
  return 1;
}

static int m_concat(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  luaL_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}

void channel_class_open(lua_State *L) {
  luaL_newmetatable(L, class_name);
  lua_insert(L, -2);
  lua_pushcclosure(L, m_index, 1);
  lua_setfield(L, -2, "__index");
  static const luaL_Reg functions[] = {{"__newindex", m_newindex},
                                       {"__tostring", m_tostring},
                                       {"__concat", m_concat},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

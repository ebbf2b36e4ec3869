#include "lua/object/user_fields.h"

#include "lib/log.h"
#include "lua/vm/vm.h"

#include <lauxlib.h>
#include <string.h>

bool user_is_field(lua_State *L, int index, const char *name) {
  return lua_type(L, index) == LUA_TSTRING &&
         strcmp(lua_tostring(L, index), name) == 0;
}

bool user_is_member(lua_State *L, int index) {
  if (user_is_field(L, index, "id") || user_is_field(L, index, "connections"))
    return true;
  luaL_getmetatable(L, "base.user");
  lua_getfield(L, -1, "methods");
  lua_pushvalue(L, index);
  bool found = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 3);
  return found;
}

static void warn_of_member(lua_State *L, int key) {
  static const char *const warned_key = "base.warned";
  luaL_getsubtable(L, LUA_REGISTRYINDEX, warned_key);
  lua_pushvalue(L, key);
  bool is_new = lua_rawget(L, -2) == LUA_TNIL;
  lua_pop(L, 1);
  lua_pushvalue(L, key);
  lua_pushboolean(L, true);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  if (is_new)
    log_event(LOG_WARN,
              "the user's field '%s' is ignored: user.%s is a name of Base",
              lua_tostring(L, key), lua_tostring(L, key));
}

static bool is_null_field(lua_State *L, int index) {
  return lua_islightuserdata(L, index) && !lua_touserdata(L, index);
}

/* Sets the fields of the table at `source` in the one at the top. */
static void set_fields(lua_State *L, int source, bool null_removes) {
  int fields = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, source)) {
    run_look(L, &scripts_of(L)->run);
    int key = fields + 1, value = fields + 2;
    if (user_is_member(L, key)) {
      if (!user_is_field(L, key, "id")) warn_of_member(L, key);
      lua_pop(L, 1);
      continue;
    }
    lua_pushvalue(L, key);
    if (null_removes && is_null_field(L, value))
      lua_pushnil(L);
    else
      lua_pushvalue(L, value);
    lua_rawset(L, fields);
    lua_pop(L, 1);
  }
}

void user_fields_copy(lua_State *L, int source) {
  lua_newtable(L);
  set_fields(L, source, false);
}

void user_fields_merge(lua_State *L, int old, int source) {
  user_fields_copy(L, old);
  set_fields(L, source, true);
}

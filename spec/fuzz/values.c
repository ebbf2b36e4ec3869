#include "values.h"

#include <lauxlib.h>
#include <math.h>

static size_t count(lua_State *L, int table) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
    count++;
  return count;
}

/* Whether all of a table is in the other one. */
static bool is_part(lua_State *L, int a, int b) {
  for (lua_pushnil(L); lua_next(L, a); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_rawget(L, b);
    bool is_same = values_are_same(L, -2, -1);
    lua_pop(L, 1);
    if (is_same) continue;
    lua_pop(L, 2);
    return false;
  }
  return true;
}

static bool has_same_class(lua_State *L, int a, int b) {
  bool has_a = lua_getmetatable(L, a);
  if (!has_a) lua_pushnil(L);
  bool has_b = lua_getmetatable(L, b);
  if (!has_b) lua_pushnil(L);
  bool is_same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is_same;
}

bool values_are_same(lua_State *L, int a, int b) {
  a = lua_absindex(L, a);
  b = lua_absindex(L, b);
  luaL_checkstack(L, 8, NULL);
  if (lua_type(L, a) != lua_type(L, b)) return false;
  if (lua_istable(L, a))
    return has_same_class(L, a, b) && count(L, a) == count(L, b) &&
           is_part(L, a, b);
  if (!lua_rawequal(L, a, b)) return false;
  if (lua_type(L, a) != LUA_TNUMBER) return true;
  return signbit(lua_tonumber(L, a)) == signbit(lua_tonumber(L, b));
}

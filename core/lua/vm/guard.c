/*
** Functions of Lua's own that Base replaces. No hook runs inside a message
** handler of xpcall or a __gc, so a limit could not end a script there.
*/
#include "lua/vm/guard.h"
#include "lua/vm/vm.h"

/* --- xpcall --- */

/* While a run is being ended, the error raised is Base's, not the script's: the
   script's handler does not get it. */
static int call_handler(lua_State *L) {
  lua_settop(L, 1);
  if (scripts_of(L)->run.cause != RUN_GOES_ON) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

/* The stack is: function, handler, true, results or error. */
static int finish_xpcall(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - 2;
  lua_pushboolean(L, false);
  lua_insert(L, -2);
  return 2;
}

/* xpcall(function, handler, ...) -> true, results | false, what the handler
   returns */
static int f_xpcall(lua_State *L) {
  int count = lua_gettop(L) - 2;
  luaL_checktype(L, 2, LUA_TFUNCTION);
  if (!lua_iscfunction(L, 2)) { /* a C function needs no wrapper, and so keeps
                                   the traceback short */
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, call_handler, 1);
    lua_replace(L, 2);
  }
  lua_pushboolean(L, true);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  int status = lua_pcallk(L, count, LUA_MULTRET, 2, 0, finish_xpcall);
  return finish_xpcall(L, status, 0);
}

/* --- setmetatable --- */

static void check_no_gc(lua_State *L, int index) {
  if (!lua_istable(L, index)) return;
  lua_pushliteral(L, "__gc");
  if (lua_rawget(L, index) != LUA_TNIL)
    luaL_error(L,
               "__gc is not available to a project's files: nothing could end "
               "one that loops. Use a <close> variable, or on.disconnect");
  lua_pop(L, 1);
}

/* setmetatable(table, metatable) -> table */
static int f_setmetatable(lua_State *L) {
  int type = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2,
                   "nil or table");
  check_no_gc(L, 2);
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
    return luaL_error(L, "cannot change a protected metatable");
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

/* debug.setmetatable(value, metatable) -> value */
static int f_debug_setmetatable(lua_State *L) {
  int type = lua_type(L, 2);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2,
                   "nil or table");
  check_no_gc(L, 2);
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

void guard_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"setmetatable", f_setmetatable},
      {"debug_setmetatable", f_debug_setmetatable},
      {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  lua_pushcfunction(L, f_xpcall);
  lua_setglobal(L, "xpcall");
}

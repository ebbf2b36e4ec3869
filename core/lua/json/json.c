/*
** The module `base.json`.
*/
#include "lua/json/json.h"
#include "lua/json/parts.h"

#include "lib/json.h"

#include <lauxlib.h>
#include <string.h>

const char json_array_mt;
const char json_guard_mt;

/* If a call needed more than this, the next one frees it. */
enum { SCRATCH_KEPT = 64 * 1024 };

static int free_scratch(lua_State *L) {
  buffer_free(lua_touserdata(L, 1));
  return 0;
}

/* The one buffer of the module, an upvalue of both functions: it is not lost
   when something raises. */
static struct buffer *scratch_of(lua_State *L) {
  struct buffer *scratch = lua_touserdata(L, lua_upvalueindex(1));
  if (scratch->capacity > SCRATCH_KEPT) buffer_free(scratch);
  buffer_clear(scratch);
  return scratch;
}

/* json.decode(text) -> value. Raises for what is not JSON. */
static int decode_text(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  struct json_text json = {.end = text + size, .scratch = scratch_of(L)};
  const char *at = json_decode(L, text, 0, &json);
  if (at) at = json.refused_at = json_skip_space(at, json.end);
  if (at == json.end) return 1;
  return luaL_error(L, "invalid JSON at byte %I",
                    (LUAI_UACINT)(json.refused_at - text + 1));
}

/* json.encode(value) -> string. Raises for what JSON has no form for. */
static int encode_text(lua_State *L) {
  luaL_checkany(L, 1);
  struct buffer *scratch = scratch_of(L);
  json_encode(L, 1, 0, scratch);
  lua_pushlstring(L, scratch->bytes, scratch->size);
  return 1;
}

static int refuse_array_assignment(lua_State *L) {
  return luaL_error(L, "json.empty_array cannot be changed: make your own list "
                       "with setmetatable({}, json.array_mt)");
}

/* Pushes the shared empty list, which no script can fill: its real metatable is
   a guard, which shows array_mt in its place. */
static void push_empty_array(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 2);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &json_array_mt);
  lua_setfield(L, -2, "__metatable");
  lua_pushcfunction(L, refuse_array_assignment);
  lua_setfield(L, -2, "__newindex");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &json_guard_mt);
  lua_setmetatable(L, -2);
}

void json_mark_list(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &json_array_mt);
  lua_setmetatable(L, -2);
}

static void push_scratch(lua_State *L) {
  struct buffer *scratch = lua_newuserdatauv(L, sizeof *scratch, 0);
  memset(scratch, 0, sizeof *scratch);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, free_scratch);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
}

void json_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"decode", decode_text}, {"encode", encode_text}, {NULL, NULL}};
  luaL_newlibtable(L, functions);
  push_scratch(L);
  luaL_setfuncs(L, functions, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &json_array_mt);
  lua_setfield(L, -2, "array_mt");
  push_empty_array(L);
  lua_setfield(L, -2, "empty_array");
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
}

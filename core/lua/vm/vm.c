#include "lua/vm/vm.h"

#include "lib/log.h"
#include "lua/vm/task.h"

#include <assert.h>

struct scripts *scripts_of(lua_State *L) {
  return *(struct scripts **)lua_getextraspace(L);
}

static int enter_trampoline(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  scripts->entering(L);
  scripts->entering = NULL;
  lua_settop(L, 0);
  tasks_drain(scripts);
  return 0;
}

static int rest_trampoline(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  if (tasks_recover(scripts)) tasks_drain(scripts);
  return 0;
}

static void log_failure(lua_State *L) {
  const char *why = lua_tostring(L, -1);
  log_event(LOG_ERROR, "Lua failed: %s", why ? why : "(no text)");
  lua_pop(L, 1);
}

bool scripts_enter(struct scripts *scripts, lua_CFunction function,
                   void *argument) {
  lua_State *L = scripts->L;
  assert(!scripts->tasks.current);
  scripts->entering = function;
  lua_pushcfunction(L, enter_trampoline);
  lua_pushlightuserdata(L, argument);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return true;
  bool has_returned = scripts->entering == NULL;
  do {
    log_failure(L);
    lua_pushcfunction(L, rest_trampoline);
  } while (lua_pcall(L, 0, 0, 0) != LUA_OK);
  return has_returned;
}

void anchor_push(lua_State *L, enum anchor anchor) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, scripts_of(L)->anchors[anchor]);
}

void anchor_set(lua_State *L, enum anchor anchor) {
  lua_rawseti(L, LUA_REGISTRYINDEX, scripts_of(L)->anchors[anchor]);
}

static bool push_field(lua_State *L, const char *name) {
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, name);
    lua_replace(L, -2);
    if (!lua_isnil(L, -1)) return true;
  }
  lua_pop(L, 1);
  return false;
}

bool project_push(lua_State *L, const char *field) {
  anchor_push(L, ANCHOR_PROJECT);
  return push_field(L, field);
}

bool hook_push(lua_State *L, const char *name) {
  return project_push(L, "on") && push_field(L, name);
}

uint64_t to_milliseconds(lua_Number seconds) {
  if (!(seconds > 0)) return 0;
  double milliseconds = seconds * 1000;
  uint64_t whole = (uint64_t)milliseconds;
  return (double)whole < milliseconds ? whole + 1 : whole;
}

int push_closed(lua_State *L) {
  lua_pushnil(L);
  lua_pushliteral(L, "closed");
  return 2;
}

uint64_t check_seconds(lua_State *L, int index) {
  lua_Number seconds = luaL_checknumber(L, index);
  luaL_argcheck(L, seconds > 0 && seconds < 1e9, index,
                "seconds must be more than 0 and less than a billion");
  return to_milliseconds(seconds);
}

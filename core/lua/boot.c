#include "lua/boot.h"

#include "lua/bind/bind.h"
#include "lua/embedded.h"
#include "lua/json/json.h"
#include "lua/object/objects.h"
#include "lua/session/ask.h"
#include "lua/session/call.h"
#include "lua/vm/coroutine.h"
#include "lua/vm/guard.h"
#include "lua/vm/vm.h"

#include <lualib.h>

static int load_embedded(lua_State *L) {
  const struct embedded_module *module = lua_touserdata(L, lua_upvalueindex(1));
  lua_pushfstring(L, "=%s", module->name);
  if (luaL_loadbuffer(L, module->bytes, module->size, lua_tostring(L, -1)))
    return lua_error(L);
  lua_pushstring(L, module->name);
  lua_call(L, 1, 1);
  return 1;
}

/* `require` finds the Lua half before any other module of the same name. */
static void preload_embedded(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  for (const struct embedded_module *each = embedded_modules; each->name;
       each++) {
    lua_pushlightuserdata(L, (void *)each);
    lua_pushcclosure(L, load_embedded, 1);
    lua_setfield(L, -2, each->name);
  }
  lua_pop(L, 1);
}

static void set_new_table(lua_State *L, enum anchor anchor, const char *mode) {
  lua_newtable(L);
  if (mode) {
    lua_createtable(L, 0, 1);
    lua_pushstring(L, mode);
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
  }
  anchor_set(L, anchor);
}

static void set_name(lua_State *L, enum anchor anchor, const char *name) {
  lua_pushstring(L, name);
  anchor_set(L, anchor);
}

static void open_anchors(lua_State *L, struct scripts *scripts) {
  for (int i = 1; i <= ANCHOR_COUNT; i++) {
    lua_pushboolean(L, false);
    scripts->anchors[i] = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  set_name(L, ANCHOR_COMMAND, "command");
  set_name(L, ANCHOR_BODY, "body");
  set_name(L, ANCHOR_ID, "id");
  set_name(L, ANCHOR_CHANNEL, "channel");
  set_new_table(L, ANCHOR_USERS, "v");
  set_new_table(L, ANCHOR_CHANNELS, "v");
  set_new_table(L, ANCHOR_REQUESTS, "v");
  set_new_table(L, ANCHOR_ASLEEP, "k");
  set_new_table(L, ANCHOR_PENDING, NULL);
  set_new_table(L, ANCHOR_OWNED, NULL);
  set_new_table(L, ANCHOR_STATE, NULL);
}

/* Makes the module `base.core`, on which the Lua half is built. */
static void open_core(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_newtable(L);
  message_class_open(L);
  connection_open_methods(L);
  calls_open(L);
  user_open_methods(L);
  asks_open(L);
  channel_open_methods(L);
  register_open(L);
  world_open(L);
  time_open(L);
  http_open(L);
  pending_request_class_open(L);
  runs_open(L);
  files_open(L);
  core_forms_open(L);
  core_log_open(L);
  core_text_open(L);
  counters_open(L);
  guard_open(L);
  shell_open(L);
  json_open(L);
  lua_setfield(L, -2, "json");
  anchor_push(L, ANCHOR_STATE);
  lua_setfield(L, -2, "state");
  lua_pushliteral(L, BASE_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushboolean(L, !scripts_of(L)->owns_state);
  lua_setfield(L, -2, "is_hosted");
  lua_setfield(L, -2, "base.core");
  lua_pop(L, 1);
}

/* Takes from what lua/base/main.lua returns the functions that C calls. */
int boot_scripts(lua_State *L) {
  static const struct {
    const char *name;
    enum anchor anchor;
  } rows[] = {
      {"load", ANCHOR_LOAD},         {"use", ANCHOR_USE},
      {"dispatch", ANCHOR_DISPATCH}, {"unanswered", ANCHOR_UNANSWERED},
      {"receive", ANCHOR_RECEIVE},   {"authenticate", ANCHOR_AUTHENTICATE},
      {"serve", ANCHOR_SERVE},       {"api", ANCHOR_API},
      {"failed", ANCHOR_FAILED},     {"text", ANCHOR_TEXT},
      {"slow", ANCHOR_SLOW},         {"handover", ANCHOR_HANDOVER}};
  struct scripts *scripts = lua_touserdata(L, 1);
  if (scripts->owns_state) {
    luaL_openlibs(L);
    preload_embedded(L);
  }
  open_anchors(L, scripts);
  coroutine_open(L);
  open_core(L);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "base.main");
  lua_call(L, 1, 1);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    lua_getfield(L, -1, rows[i].name);
    anchor_set(L, rows[i].anchor);
  }
  return 0;
}

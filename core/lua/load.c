/*
** Loads and reloads a project: either all of it loads, or nothing changes.
*/
#include "lib/log.h"
#include "lua/bind/bind.h"
#include "lua/config.h"
#include "lua/object/objects.h"
#include "lua/scripts.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/registry.h"

#include <stdio.h>
#include <string.h>

void scripts_override_port(struct scripts *scripts, int port) {
  scripts->overrides.port = port;
}

void scripts_override_log_level(struct scripts *scripts, int level) {
  scripts->overrides.log_level = level;
}

static void push_options(lua_State *L, struct scripts *scripts) {
  lua_newtable(L);
  if (scripts->overrides.port) {
    lua_pushinteger(L, scripts->overrides.port);
    lua_setfield(L, -2, "port");
  }
  if (scripts->overrides.log_level >= 0) {
    lua_pushstring(L, log_level_names[scripts->overrides.log_level]);
    lua_setfield(L, -2, "log_level");
  }
}

struct loading {
  struct scripts *scripts;
  bool only_looks;
  bool has_succeeded;
  int mistakes;
  struct config config;
};

/* The list of mistakes is at the top. */
static void tell_mistakes(lua_State *L, struct loading *loading) {
  loading->mistakes = (int)lua_rawlen(L, -1);
  for (int i = 1; i <= loading->mistakes; i++) {
    lua_rawgeti(L, -1, i);
    if (loading->only_looks)
      fprintf(stderr, "%s\n", lua_tostring(L, -1));
    else
      log_event(LOG_ERROR, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
  }
}

static void swap_lists(struct string_list *a, struct string_list *b) {
  struct string_list list = *a;
  *a = *b;
  *b = list;
}

static void swap_strings(char **a, char **b) {
  char *string = *a;
  *a = *b;
  *b = string;
}

static bool strings_differ(const char *a, const char *b) {
  return a && b ? strcmp(a, b) != 0 : a != b;
}

/* Keeps the settings for listening, and the account, as they were. */
static void keep_listening(struct config *old, struct config *new) {
  if (!string_list_equals(&old->listen, &new->listen) ||
      !string_list_equals(&old->api_listen, &new->api_listen) ||
      old->has_tls != new->has_tls ||
      strings_differ(old->certificate, new->certificate) ||
      strings_differ(old->key, new->key) ||
      strings_differ(old->user, new->user))
    log_event(
        LOG_WARN,
        "a setting for listening (port, address, proxy, listen, tls, "
        "api.listen, user) has changed: it needs a restart, the old one stays");
  swap_lists(&old->listen, &new->listen);
  swap_lists(&old->api_listen, &new->api_listen);
  swap_strings(&old->certificate, &new->certificate);
  swap_strings(&old->key, &new->key);
  swap_strings(&old->user, &new->user);
  new->has_tls = old->has_tls;
}

static void take_config(struct scripts *scripts, struct config *config) {
  if (scripts->config->listen.count > 0)
    keep_listening(scripts->config, config);
  config_close(scripts->config);
  *scripts->config = *config;
  memset(config, 0, sizeof *config);
  log_open(scripts->config->log_level, scripts->config->log_format);
}

static void limit_runs(struct scripts *scripts) {
  const struct limits *limits = &scripts->config->limits;
  run_set_limits(scripts, limits->run_time, limits->run_memory, limits->memory);
}

static int read_config(lua_State *L) {
  struct loading *loading = lua_touserdata(L, 2);
  scripts_read_config(L, 1, &loading->config);
  return 0;
}

/* C calls the actions of the project at the top directly, unless the hook
   `before` has to run first. */
static void use_actions(lua_State *L) {
  if (lua_getfield(L, -1, "before") == LUA_TNIL)
    lua_getfield(L, -2, "actions");
  else
    lua_pushboolean(L, false);
  anchor_set(L, ANCHOR_ACTIONS);
  lua_pop(L, 1);
}

/* Replaces the error at the top by what load returns after a mistake. */
static void make_mistake(lua_State *L) {
  lua_createtable(L, 1, 0);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 1);
  lua_pushnil(L);
  lua_insert(L, -2);
  lua_pushnil(L);
  lua_pushnil(L);
}

/* Calls load(options) -> project | nil, mistakes, seen, settings | nil. */
static void call_load(lua_State *L, struct loading *loading) {
  struct scripts *scripts = loading->scripts;
  struct running root;
  anchor_push(L, ANCHOR_LOAD);
  push_options(L, scripts);
  scripts->is_loading = true;
  scripts->is_checking = loading->only_looks;
  run_begin(scripts, &root, L);
  int status = lua_pcall(L, 1, 4, 0);
  run_end(scripts);
  lua_sethook(L, NULL, 0, 0);
  scripts->is_loading = scripts->is_checking = false;
  if (status != LUA_OK) make_mistake(L);
}

/* The settings are at the top. */
static void read_settings(lua_State *L, struct loading *loading) {
  lua_pushcfunction(L, read_config);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, loading);
  lua_call(L, 2, 0);
}

static int enter_load(lua_State *L) {
  struct loading *loading = lua_touserdata(L, 1);
  struct scripts *scripts = loading->scripts;
  call_load(L, loading);
  if (lua_isnil(L, -1))
    lua_pop(L, 1);
  else
    read_settings(L, loading);
  anchor_set(L, ANCHOR_SEEN);
  tell_mistakes(L, loading);
  lua_pop(L, 1);
  if (lua_isnil(L, -1) || loading->only_looks) {
    time_load_failed(L);
    if (scripts->config->listen.count > 0) limit_runs(scripts);
    return 0;
  }
  anchor_push(L, ANCHOR_USE);
  lua_pushvalue(L, -2);
  lua_call(L, 1, 0);
  use_actions(L);
  anchor_set(L, ANCHOR_PROJECT);
  take_config(scripts, &loading->config);
  channels_use_rules(scripts->registry);
  limit_runs(scripts);
  time_load_succeeded(L);
  loading->has_succeeded = true;
  return 0;
}

static int enter_reload_hook(lua_State *L) {
  if (!hook_push(L, "reload")) return 0;
  struct task *task = task_new(scripts_of(L), NULL, NULL);
  task->what = "on.reload";
  task_note(L, task);
  lua_xmove(L, task->thread, 1);
  task_ready(task, 0);
  return 0;
}

bool scripts_load(struct scripts *scripts) {
  struct loading loading = {.scripts = scripts};
  bool is_reload = scripts->config->listen.count > 0;
  scripts_enter(scripts, enter_load, &loading);
  config_close(&loading.config);
  if (loading.has_succeeded && is_reload)
    scripts_enter(scripts, enter_reload_hook, NULL);
  return loading.has_succeeded;
}

int scripts_check(struct scripts *scripts, struct config *config) {
  struct loading loading = {
      .scripts = scripts, .only_looks = true, .mistakes = 1};
  scripts_enter(scripts, enter_load, &loading);
  config_close(config);
  *config = loading.config;
  return loading.mistakes;
}

void scripts_each_seen(struct scripts *scripts,
                       void (*see)(void *context, const char *path,
                                   bool is_folder),
                       void *context) {
  lua_State *L = scripts->L;
  anchor_push(L, ANCHOR_SEEN);
  if (lua_istable(L, -1)) {
    lua_pushnil(L);
    while (lua_next(L, -2)) {
      see(context, lua_tostring(L, -2),
          strcmp(lua_tostring(L, -1), "folder") == 0);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

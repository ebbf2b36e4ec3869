#include "lua/scripts.h"

#include "lib/clock.h"
#include "lua/bind/objects.h"
#include "lua/embedded.h"
#include "lua/json/json.h"
#include "lua/session/call.h"
#include "lua/session/session.h"
#include "lua/vm/coroutine.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/exchange.h"
#include "model/log.h"
#include "model/registry.h"
#include "model/user.h"

#include <lualib.h>
#include <stdlib.h>
#include <string.h>

/* --- the VM --- */

static int load_embedded(lua_State *L) {
  const struct embedded_module *module = lua_touserdata(L, lua_upvalueindex(1));
  lua_pushfstring(L, "=%s", module->name);
  if (luaL_loadbuffer(L, module->bytes, module->size, lua_tostring(L, -1)))
    return lua_error(L);
  lua_pushstring(L, module->name);
  lua_call(L, 1, 1);
  return 1;
}

/* The Lua half is found before anything else that has its names. */
static void preload(lua_State *L) {
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

static void open_anchors(lua_State *L, struct api *api) {
  for (int i = 1; i <= ANCHOR_COUNT; i++) {
    lua_pushboolean(L, false);
    api->anchors[i] = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  set_name(L, ANCHOR_COMMAND, "command");
  set_name(L, ANCHOR_BODY, "body");
  set_name(L, ANCHOR_ID, "id");
  set_new_table(L, ANCHOR_USERS, "v");
  set_new_table(L, ANCHOR_REQUESTS, "v");
  set_new_table(L, ANCHOR_ASLEEP, "k");
  set_new_table(L, ANCHOR_PENDING, NULL);
  set_new_table(L, ANCHOR_OWNED, NULL);
  set_new_table(L, ANCHOR_STATE, NULL);
}

/* Makes the module `base.core`: what the Lua half builds on. */
static void open_core(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_newtable(L);
  message_class_open(L);
  connection_class_open(L);
  questions_open(L);
  user_class_open(L);
  register_open(L);
  world_open(L);
  time_open(L);
  http_open(L);
  flight_class_open(L);
  core_open(L);
  core_log_open(L);
  core_text_open(L);
  counters_open(L);
  guard_open(L);
  shell_open(L);
  api_json_open(L);
  lua_setfield(L, -2, "json");
  anchor_push(L, ANCHOR_STATE);
  lua_setfield(L, -2, "state");
  lua_pushliteral(L, BASE_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushboolean(L, !api_of(L)->owns_state);
  lua_setfield(L, -2, "is_hosted");
  lua_setfield(L, -2, "base.core");
  lua_pop(L, 1);
}

/* Takes from what lua/base/main.lua returns the functions that C calls. */
static int boot(lua_State *L) {
  static const struct {
    const char *name;
    enum anchor anchor;
  } rows[] = {
      {"load", ANCHOR_LOAD},         {"use", ANCHOR_USE},
      {"dispatch", ANCHOR_DISPATCH}, {"unanswered", ANCHOR_UNANSWERED},
      {"receive", ANCHOR_RECEIVE},   {"authenticate", ANCHOR_AUTHENTICATE},
      {"serve", ANCHOR_SERVE},       {"api", ANCHOR_API},
      {"failed", ANCHOR_FAILED},     {"text", ANCHOR_TEXT},
      {"slow", ANCHOR_SLOW}};
  struct api *api = lua_touserdata(L, 1);
  if (api->owns_state) {
    luaL_openlibs(L);
    preload(L);
  }
  open_anchors(L, api);
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

static int enter_offline(lua_State *L) {
  struct user *user = lua_touserdata(L, 1);
  struct api *api = api_of(L);
  user_push(L,
            user); /* held here: a collection may come before the hook has it */
  user_forget(L, user);
  /* Who leaves because the server ends comes back to the next one. */
  if (api->is_replaced || api->is_draining || !user->is_announced ||
      !hook_push(L, "offline"))
    return 0;
  struct task *task = task_new(api, NULL, NULL);
  task->what = "on.offline";
  task_note(L, task);
  lua_xmove(L, task->thread, 1);
  user_push(task->thread, user);
  task_ready(task, 1);
  return 0;
}

static void on_offline(void *context, struct user *user) {
  api_enter(context, enter_offline, user);
}

/* To run what is ready, it is enough to enter. */
static int enter_rest(lua_State *L) {
  (void)L;
  return 0;
}

static void on_rest(struct timer *timer) {
  api_enter(timer_owner(timer, struct api, rest), enter_rest, NULL);
}

/* Clients are told what comes of it: that must not tell the registry's own. */
static uint64_t drain_seed(const struct registry *registry) {
  static const char purpose[] = "reconnect";
  return map_hash_bytes(purpose, sizeof purpose - 1, registry->seed);
}

struct api *api_new(struct registry *registry, struct config *config,
                    const struct api_events *events, void *context,
                    struct lua_State *host) {
  struct api *api = calloc(1, sizeof *api);
  if (!api) return NULL;
  *api = (struct api){.L = host,
                      .owns_state = !host,
                      .registry = registry,
                      .config = config,
                      .timers = registry->timers,
                      .events = events,
                      .context = context,
                      .drain_seed = drain_seed(registry),
                      .log_level_override = -1};
  if (!host) api->L = seeded_new(&api->seeded);
  api->rest.on_due = on_rest;
  disconnects_open(&api->disconnects, registry->seed);
  for (int i = 1; i <= ANCHOR_COUNT; i++)
    api->anchors[i] = LUA_NOREF;
  registry->on_offline = on_offline;
  registry->context = api;
  if (!api->L) {
    free(api);
    return NULL;
  }
  *(struct api **)lua_getextraspace(api->L) = api;
  if (!run_open(api)) {
    log_event(LOG_ERROR, "there is no thread to watch the scripts with");
    api_free(api);
    return NULL;
  }
  lua_pushcfunction(api->L, boot);
  lua_pushlightuserdata(api->L, api);
  if (lua_pcall(api->L, 1, 0, 0) == LUA_OK) return api;
  log_event(LOG_ERROR, "Base's own Lua did not load: %s",
            lua_tostring(api->L, -1));
  lua_pop(api->L, 1);
  api_free(api);
  return NULL;
}

void api_use_http_client(struct api *api, struct http_client *client) {
  api->http_client = client;
}

static void free_sessions(struct api *api) {
  size_t cursor = 0;
  struct connection *each;
  while ((each = registry_next_connection(api->registry, &cursor))) {
    if (each->session) session_free(each->session);
  }
}

static void forget_users(struct api *api) {
  size_t cursor = 0;
  struct user *each;
  while ((each = registry_next_user(api->registry, &cursor))) {
    user_forget(api->L, each);
  }
}

static void close_anchors(struct api *api) {
  for (int i = 1; i <= ANCHOR_COUNT; i++)
    luaL_unref(api->L, LUA_REGISTRYINDEX, api->anchors[i]);
}

void api_free(struct api *api) {
  tasks_close(api);
  timer_stop(api->timers, &api->rest);
  free_sessions(api);
  forget_users(api);
  if (api->owns_state)
    seeded_close(&api->seeded, api->L);
  else
    close_anchors(api);
  run_close(api);
  buffer_free(&api->text);
  buffer_free(&api->scratch);
  disconnects_close(&api->disconnects);
  free(api);
}

/* --- events --- */

struct event {
  struct connection *connection;
  enum message_kind kind;
  const char *bytes;
  size_t size;
  int code;
};

static int enter_opened(lua_State *L) {
  struct connection *connection = lua_touserdata(L, 1);
  session_open(api_of(L), connection);
  return 0;
}

void api_opened(struct api *api, struct connection *connection) {
  api->registry->counters.opened++;
  if (!api_enter(api, enter_opened, connection))
    connection_close(connection, CLOSE_FAILED, "out of memory");
}

static int enter_received(lua_State *L) {
  struct event *event = lua_touserdata(L, 1);
  session_received(event->connection->session, event->kind, event->bytes,
                   event->size);
  return 0;
}

void api_received(struct api *api, struct connection *connection,
                  enum message_kind kind, const char *bytes, size_t size) {
  struct event event = {connection, kind, bytes, size, 0};
  api->registry->counters.messages_in++;
  if (connection->session && !api_enter(api, enter_received, &event))
    connection_close(connection, CLOSE_FAILED, "out of memory");
}

static int enter_limited(lua_State *L) {
  struct event *event = lua_touserdata(L, 1);
  session_limited(event->connection->session, event->bytes, event->size);
  return 0;
}

void api_limited(struct api *api, struct connection *connection,
                 const char *bytes, size_t size) {
  struct event event = {.connection = connection, .bytes = bytes, .size = size};
  if (connection->session) api_enter(api, enter_limited, &event);
}

static int enter_closed(lua_State *L) {
  struct event *event = lua_touserdata(L, 1);
  session_closed(event->connection->session, event->code, event->bytes);
  return 0;
}

static int enter_left(lua_State *L) {
  questions_left(api_of(L));
  return 0;
}

void api_closed(struct api *api, struct connection *connection, int code,
                const char *reason) {
  struct event event = {
      .connection = connection, .bytes = reason, .code = code};
  counters_add_close(&api->registry->counters, code);
  if (!connection->session || api_enter(api, enter_closed, &event)) return;
  if (connection->session) session_free(connection->session);
  api_enter(api, enter_left, NULL);
}

static int enter_requested(lua_State *L) {
  http_serve(api_of(L), lua_touserdata(L, 1));
  return 0;
}

void api_requested(struct api *api, struct exchange *exchange) {
  if (api_enter(api, enter_requested, exchange)) return;
  exchange_answer(exchange, 503, NULL, NULL, NULL);
}

/* --- the end --- */

static int enter_drain(lua_State *L) {
  struct api *api = api_of(L);
  size_t cursor = 0;
  struct connection *each;
  questions_end(api); /* answers are not read any more */
  while ((each = registry_next_connection(api->registry, &cursor))) {
    if (!each->session || each->state != CONNECTION_OPEN) continue;
    if (session_is_quiet(each->session))
      session_send_away(each->session, api->drain_code,
                        "the server is restarting");
  }
  return 0;
}

void api_drain(struct api *api, int code) {
  api->is_draining = true;
  api->drain_code = (uint16_t)code;
  api_enter(api, enter_drain, NULL);
}

bool api_is_idle(const struct api *api) {
  for (const struct task *task = api->live; task; task = task->next_live) {
    if (task->is_limited) return false;
  }
  return true;
}

void api_stop(struct api *api) {
  api->is_stopped = true;
  tasks_close(api);
  size_t cursor = 0;
  struct connection *each;
  while ((each = registry_next_connection(api->registry, &cursor))) {
    if (each->session && each->state == CONNECTION_OPEN)
      session_send_away(each->session, api->drain_code,
                        "the server is restarting");
  }
}

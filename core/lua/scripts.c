#include "lua/scripts.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "lua/bind/bind.h"
#include "lua/boot.h"
#include "lua/object/objects.h"
#include "lua/session/call.h"
#include "lua/session/channel_hooks.h"
#include "lua/session/inbox.h"
#include "lua/session/lifecycle.h"
#include "lua/session/report.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/exchange.h"
#include "model/registry.h"
#include "model/user.h"

#include <stdlib.h>
#include <string.h>

static int enter_offline(lua_State *L) {
  struct user *user = lua_touserdata(L, 1);
  struct scripts *scripts = scripts_of(L);
  user_push(L, user); /* kept on the stack: the collector may run before the
                         hook has it */
  user_forget(L, user);
  /* At the end of the server users reconnect to the next process, so they are
     not offline. */
  if (scripts->end.is_replaced || scripts->end.is_draining ||
      !user->is_announced || !hook_push(L, "offline"))
    return 0;
  struct task *task = task_new(scripts, NULL, NULL);
  task->what = "on.offline";
  task_note(L, task);
  lua_xmove(L, task->thread, 1);
  user_push(task->thread, user);
  task_ready(task, 1);
  return 0;
}

static void on_offline(void *context, struct user *user) {
  scripts_enter(context, enter_offline, user);
}

/* scripts_enter runs the ready tasks. */
static int enter_rest(lua_State *L) {
  (void)L;
  return 0;
}

static void on_tasks_rest(struct timer *timer) {
  scripts_enter(owner_of(timer, struct scripts, tasks.rest), enter_rest, NULL);
}

/* Derives a seed of its own: clients see times made from it, which must not
   reveal the registry's seed. */
static uint64_t drain_seed(const struct registry *registry) {
  static const char purpose[] = "reconnect";
  return map_hash_bytes(purpose, sizeof purpose - 1, registry->seed);
}

struct scripts *scripts_new(struct registry *registry, struct config *config,
                            const struct scripts_events *events, void *context,
                            struct lua_State *host) {
  struct scripts *scripts = calloc(1, sizeof *scripts);
  if (!scripts) return NULL;
  *scripts = (struct scripts){.L = host,
                              .owns_state = !host,
                              .registry = registry,
                              .config = config,
                              .timers = registry->timers,
                              .events = events,
                              .reports = &reports,
                              .context = context,
                              .end.seed = drain_seed(registry),
                              .overrides.log_level = -1};
  if (!host) scripts->L = seeded_new(&scripts->seeded);
  scripts->tasks.rest.on_due = on_tasks_rest;
  disconnects_open(&scripts->disconnects, registry->seed);
  for (int i = 1; i <= ANCHOR_COUNT; i++)
    scripts->anchors[i] = LUA_NOREF;
  registry->on_offline = on_offline;
  registry->context = scripts;
  channel_hooks_open(scripts);
  if (!scripts->L) {
    free(scripts);
    return NULL;
  }
  *(struct scripts **)lua_getextraspace(scripts->L) = scripts;
  if (!run_open(scripts)) {
    log_event(LOG_ERROR, "cannot start the thread that watches the scripts");
    scripts_free(scripts);
    return NULL;
  }
  lua_pushcfunction(scripts->L, boot_scripts);
  lua_pushlightuserdata(scripts->L, scripts);
  if (lua_pcall(scripts->L, 1, 0, 0) == LUA_OK) return scripts;
  log_event(LOG_ERROR, "Base's own Lua did not load: %s",
            lua_tostring(scripts->L, -1));
  lua_pop(scripts->L, 1);
  scripts_free(scripts);
  return NULL;
}

void scripts_use_http_client(struct scripts *scripts,
                             struct http_client *client) {
  scripts->http_client = client;
}

void scripts_use_bus(struct scripts *scripts, struct bus *bus) {
  scripts->bus = bus;
}

static void free_sessions(struct scripts *scripts) {
  size_t cursor = 0;
  struct connection *each;
  while ((each = registry_next_connection(scripts->registry, &cursor))) {
    if (each->session) session_free(each->session);
  }
}

static void forget_users(struct scripts *scripts) {
  size_t cursor = 0;
  struct user *each;
  while ((each = registry_next_user(scripts->registry, &cursor))) {
    user_forget(scripts->L, each);
  }
}

static void close_anchors(struct scripts *scripts) {
  for (int i = 1; i <= ANCHOR_COUNT; i++)
    luaL_unref(scripts->L, LUA_REGISTRYINDEX, scripts->anchors[i]);
}

void scripts_free(struct scripts *scripts) {
  tasks_close(scripts);
  timer_stop(scripts->timers, &scripts->tasks.rest);
  free_sessions(scripts);
  forget_users(scripts);
  if (scripts->owns_state)
    seeded_close(&scripts->seeded, scripts->L);
  else
    close_anchors(scripts);
  run_close(scripts);
  buffer_free(&scripts->text);
  buffer_free(&scripts->scratch);
  free(scripts->lost_answer);
  disconnects_close(&scripts->disconnects);
  free(scripts);
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
  session_open(scripts_of(L), connection);
  return 0;
}

void scripts_opened(struct scripts *scripts, struct connection *connection) {
  scripts->registry->counters.opened++;
  if (!scripts_enter(scripts, enter_opened, connection))
    connection_close(connection, CLOSE_FAILED, "out of memory");
}

static int enter_received(lua_State *L) {
  struct event *event = lua_touserdata(L, 1);
  inbox_received(event->connection->session, event->kind, event->bytes,
                 event->size);
  return 0;
}

void scripts_received(struct scripts *scripts, struct connection *connection,
                      enum message_kind kind, const char *bytes, size_t size) {
  struct event event = {connection, kind, bytes, size, 0};
  scripts->registry->counters.messages_in++;
  if (connection->session && !scripts_enter(scripts, enter_received, &event))
    connection_close(connection, CLOSE_FAILED, "out of memory");
}

static int enter_limited(lua_State *L) {
  struct event *event = lua_touserdata(L, 1);
  inbox_limited(event->connection->session, event->bytes, event->size);
  return 0;
}

void scripts_limited(struct scripts *scripts, struct connection *connection,
                     const char *bytes, size_t size) {
  struct event event = {.connection = connection, .bytes = bytes, .size = size};
  if (connection->session) scripts_enter(scripts, enter_limited, &event);
}

static int enter_closed(lua_State *L) {
  struct event *event = lua_touserdata(L, 1);
  session_closed(event->connection->session, event->code, event->bytes);
  return 0;
}

static int enter_left(lua_State *L) {
  calls_left(scripts_of(L));
  return 0;
}

void scripts_closed(struct scripts *scripts, struct connection *connection,
                    int code, const char *reason) {
  struct event event = {
      .connection = connection, .bytes = reason, .code = code};
  counters_add_close(&scripts->registry->counters, code);
  if (!connection->session || scripts_enter(scripts, enter_closed, &event))
    return;
  if (connection->session) session_free(connection->session);
  scripts_enter(scripts, enter_left, NULL);
}

static int enter_requested(lua_State *L) {
  http_serve(scripts_of(L), lua_touserdata(L, 1));
  return 0;
}

void scripts_requested(struct scripts *scripts, struct exchange *exchange) {
  if (scripts_enter(scripts, enter_requested, exchange)) return;
  exchange_answer(exchange, 503, NULL, NULL, NULL);
}

/* --- the end --- */

static int enter_drain(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  size_t cursor = 0;
  struct connection *each;
  calls_end(scripts); /* answers to calls are not read any more */
  while ((each = registry_next_connection(scripts->registry, &cursor))) {
    if (!each->session || each->state != CONNECTION_OPEN) continue;
    if (session_is_quiet(each->session))
      session_send_away(each->session, scripts->end.code,
                        "the server is restarting");
  }
  return 0;
}

void scripts_drain(struct scripts *scripts, int code) {
  scripts->end.is_draining = true;
  scripts->end.code = (uint16_t)code;
  scripts_enter(scripts, enter_drain, NULL);
}

bool scripts_is_idle(const struct scripts *scripts) {
  list_each(const struct task, task, &scripts->tasks.live, live) {
    if (task->is_limited) return false;
  }
  return true;
}

void scripts_stop(struct scripts *scripts) {
  scripts->end.is_stopped = true;
  tasks_close(scripts);
  size_t cursor = 0;
  struct connection *each;
  while ((each = registry_next_connection(scripts->registry, &cursor))) {
    if (each->session && each->state == CONNECTION_OPEN)
      session_send_away(each->session, scripts->end.code,
                        "the server is restarting");
  }
}

/*
** The bindings as a module of an ordinary Lua, for specs and for base.test: the
** same code as in the server, with a registry without sockets and a clock that
** the test moves. `require "base.core"` returns what the Lua half uses; its
** field `test` takes the place of net.
*/
#include "lib/log.h"
#include "lua/bind/bind.h"
#include "lua/object/objects.h"
#include "lua/scripts.h"
#include "lua/test/bus.h"
#include "lua/test/http_client.h"
#include "lua/test/stress.h"
#include "lua/vm/vm.h"
#include "model/api_key.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/exchange.h"
#include "model/head.h"
#include "model/protocol.h"
#include "model/registry.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct world {
  struct config config;
  struct timers timers;
  struct registry registry;
  struct scripts *scripts;
  uint64_t now;
  int exit_status; /* -1: os.exit was not called */
  int log;         /* descriptor of the log's file; 0: standard error */
};

static struct world world;

int luaopen_base_core(lua_State *L);

static uint64_t clock_of_test(void *context) {
  return ((struct world *)context)->now;
}

static void on_test_exit(void *context, int status) {
  ((struct world *)context)->exit_status = status;
}

/* Lua is entered by the state that runs now. */
static struct scripts *enter_from(lua_State *L) {
  world.scripts->L = L;
  return world.scripts;
}

/* --- connections --- */

/* test.connect(head, address, is_secure) -> connection. `head` is the bytes of
   a request. */
static int t_connect(lua_State *L) {
  struct scripts *scripts = enter_from(L);
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  struct head *head = head_new(bytes, size);
  if (!head) return luaL_error(L, "out of memory");
  strncpy(head->address, luaL_optstring(L, 2, "127.0.0.1"),
          sizeof head->address - 1);
  head->is_secure = lua_toboolean(L, 3);
  protocol_choose(head, world.registry.config);
  struct connection *connection = connection_open(&world.registry, head);
  if (!connection) return luaL_error(L, "out of memory");
  uint64_t id = connection->id;
  scripts_opened(scripts, connection);
  if (!connection->session)
    return luaL_error(L, "the connection could not be opened");
  lua_settop(L, 0);
  connection_push(L, connection_find(&world.registry, id));
  return 1;
}

/* test.receive(connection, bytes [, "text" | "binary"]) */
static int t_receive(lua_State *L) {
  struct scripts *scripts = enter_from(L);
  static const char *const kinds[] = {"text", "binary", NULL};
  struct connection *connection = connection_check(L, 1);
  size_t size;
  const char *bytes = luaL_checklstring(L, 2, &size);
  int kind = luaL_checkoption(L, 3, "text", kinds);
  if (!connection || connection->state != CONNECTION_OPEN) return 0;
  /* A copy of the exact size, so that the sanitizer sees a read past its
     end. */
  char *copy = malloc(size ? size : 1);
  if (!copy) return luaL_error(L, "out of memory");
  memcpy(copy, bytes, size);
  scripts_received(scripts, connection, kind ? MESSAGE_BINARY : MESSAGE_TEXT,
                   copy, size);
  free(copy);
  return 0;
}

/* test.disconnect(connection [, code [, reason]]): the socket has closed */
static int t_disconnect(lua_State *L) {
  struct scripts *scripts = enter_from(L);
  struct connection *connection = connection_check(L, 1);
  int code = (int)luaL_optinteger(L, 2, CLOSE_ABNORMAL);
  const char *reason = luaL_optstring(L, 3, "");
  if (!connection) return 0;
  scripts_closed(scripts, connection, code, reason);
  connection_closed(connection);
  channels_flush(&world.registry);
  registry_reap(&world.registry);
  return 0;
}

static const char *kind_name(int kind) {
  switch (kind) {
  case MESSAGE_TEXT:
    return "text";
  case MESSAGE_BINARY:
    return "binary";
  case MESSAGE_CLOSE:
    return "close";
  default:
    return "other";
  }
}

/* test.sent(connection) -> list of {kind, bytes} sent since the last call; ends
   the turn first */
static int t_sent(lua_State *L) {
  enter_from(L);
  channels_flush(&world.registry);
  struct connection *connection = connection_check(L, 1);
  lua_newtable(L);
  if (!connection) return 1;
  for (int i = 1; connection->outbox.first; i++) {
    const struct message *message = connection->outbox.first->message;
    lua_createtable(L, 2, 0);
    lua_pushstring(L, kind_name(message->kind));
    lua_rawseti(L, -2, 1);
    lua_pushlstring(L, message->bytes, message->size);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, i);
    outbox_pop(&connection->outbox);
  }
  return 1;
}

/* test.flush(): ends the turn */
static int t_flush(lua_State *L) {
  enter_from(L);
  channels_flush(&world.registry);
  registry_reap(&world.registry);
  return 0;
}

/* --- HTTP --- */

/* test.request(head, body, is_api) -> id of the exchange */
static int t_request(lua_State *L) {
  struct scripts *scripts = enter_from(L);
  size_t size, body_size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  const char *body = luaL_optlstring(L, 2, "", &body_size);
  struct head *head = head_new(bytes, size);
  struct exchange *exchange =
      head ? exchange_open(&world.registry, head) : NULL;
  if (!exchange) return luaL_error(L, "out of memory");
  strcpy(exchange->head->address, "127.0.0.1");
  exchange->is_api = lua_toboolean(L, 3);
  exchange->is_admitted =
      exchange->is_api &&
      api_key_is_shown(exchange->head, &world.config.api_keys);
  buffer_append(&exchange->body, body, body_size);
  uint64_t id = exchange->id;
  scripts_requested(scripts, exchange);
  lua_pushinteger(L, (lua_Integer)id);
  return 1;
}

/* test.answer(id) -> status, headers as text, body or nil, file and folder or
   nil; nothing while there is no answer */
static int t_answer(lua_State *L) {
  struct exchange *exchange =
      exchange_find(&world.registry, (uint64_t)luaL_checkinteger(L, 1));
  if (!exchange || !exchange->is_answered) return 0;
  lua_pushinteger(L, exchange->status);
  lua_pushlstring(L, exchange->fields.bytes ? exchange->fields.bytes : "",
                  exchange->fields.size);
  if (exchange->answer)
    lua_pushlstring(L, exchange->answer->bytes, exchange->answer->size);
  else
    lua_pushnil(L);
  lua_pushstring(L, exchange->file);
  lua_pushstring(L, exchange->folder);
  while (exchange_take_answered(&world.registry)) {
  }
  exchange_close(exchange);
  return 5;
}

/* test.http_requests() -> list of {ticket, text, whether it is the strangers'}
   of the requests that wait for an answer */
static int t_http_requests(lua_State *L) {
  module_push_requests(L);
  return 1;
}

/* test.http_answer(ticket, status, head, body) or (ticket, nil, word) ->
   whether a request waited */
static int t_http_answer(lua_State *L) {
  enter_from(L);
  struct http_result result = {.status = (int)lua_tointeger(L, 2)};
  if (lua_isnil(L, 2)) {
    result.word = luaL_checkstring(L, 3);
  } else {
    result.head.bytes = luaL_checklstring(L, 3, &result.head.size);
    result.body.bytes = luaL_checklstring(L, 4, &result.body.size);
  }
  bool waited = module_answer((uint64_t)luaL_checkinteger(L, 1), &result);
  lua_pushboolean(L, waited);
  return 1;
}

/* --- everything else --- */

static lua_Integer sum_of(const struct map *quotas) {
  size_t cursor = 0;
  uint64_t sum = 0;
  const struct quota *quota;
  while ((quota = map_next(quotas, &cursor)))
    sum += quota->bytes[KEPT_IN];
  return (lua_Integer)sum;
}

/* test.kept() -> bytes kept for all users, bytes kept for all addresses */
static int t_kept(lua_State *L) {
  lua_pushinteger(L, sum_of(&world.registry.quotas.users));
  lua_pushinteger(L, sum_of(&world.registry.quotas.addresses));
  return 2;
}

/* test.advance(seconds): moves the clock and runs what is due */
enum { TURNS_IN_A_MILLISECOND = 100 };

static int t_advance(lua_State *L) {
  enter_from(L);
  int turns = 0;
  uint64_t begin = world.now;
  uint64_t end = begin + (uint64_t)(luaL_checknumber(L, 1) * 1000 + 0.5);
  for (;;) {
    int64_t next = timers_next(&world.timers);
    if (next == TIMERS_NONE || world.now + (uint64_t)next > end) break;
    world.now += (uint64_t)next;
    /* A script may sleep for 0 seconds again and again: let time pass
       anyway. */
    turns = next == 0 ? turns + 1 : 0;
    if (turns > 0 && turns % TURNS_IN_A_MILLISECOND == 0) world.now++;
    timers_run(&world.timers);
    channels_flush(&world.registry);
  }
  world.now = end;
  channels_flush(&world.registry);
  limit_hits_pass(&world.registry.limit_hits,
                  (uint32_t)(end / 1000 - begin / 1000));
  return 0;
}

/* test.load() -> boolean: loads as the server does at its start and on
   SIGHUP */
static int t_load(lua_State *L) {
  lua_pushboolean(L, scripts_load(enter_from(L)));
  return 1;
}

/* test.check() -> number of mistakes */
static int t_check(lua_State *L) {
  struct config config = {0};
  lua_pushinteger(L, scripts_check(enter_from(L), &config));
  config_close(&config);
  return 1;
}

/* test.drain(code) */
static int t_drain(lua_State *L) {
  scripts_drain(enter_from(L), (int)luaL_checkinteger(L, 1));
  return 0;
}

/* test.send_away(part): as after a successor has taken over */
static int t_send_away(lua_State *L) {
  struct scripts *scripts = enter_from(L);
  scripts_be_replaced(scripts, CLOSE_RESTART);
  scripts_send_away(scripts, luaL_checknumber(L, 1));
  return 0;
}

/* test.is_idle() -> boolean */
static int t_is_idle(lua_State *L) {
  lua_pushboolean(L, scripts_is_idle(enter_from(L)));
  return 1;
}

/* test.exit_status() -> integer | nil */
static int t_exit_status(lua_State *L) {
  if (world.exit_status < 0) return 0;
  lua_pushinteger(L, world.exit_status);
  world.exit_status = -1;
  return 1;
}

/* test.log() -> what was logged since the last call; from the first call on the
   log goes to a file in memory */
static int t_log(lua_State *L) {
  if (world.log == 0) {
    int file = memfd_create("log", MFD_CLOEXEC);
    if (file < 0) return luaL_error(L, "there is no place for the log");
    world.log = file;
    log_to(file);
  }
  off_t size = lseek(world.log, 0, SEEK_CUR);
  luaL_Buffer buffer;
  char *bytes = luaL_buffinitsize(L, &buffer, (size_t)size);
  ssize_t taken = pread(world.log, bytes, (size_t)size, 0);
  luaL_pushresultsize(&buffer, taken < 0 ? 0 : (size_t)taken);
  if (ftruncate(world.log, 0) != 0 || lseek(world.log, 0, SEEK_SET) != 0)
    return luaL_error(L, "the log could not be emptied");
  return 1;
}

static void open_world(lua_State *L) {
  static const struct scripts_events events = {.exit = on_test_exit};
  world.exit_status = -1;
  world.now = 1000;
  timers_open(&world.timers, clock_of_test, &world);
  registry_open(&world.registry, &world.config, &world.timers);
  world.scripts =
      scripts_new(&world.registry, &world.config, &events, &world, L);
  if (world.scripts && !test_bus_open(world.scripts)) world.scripts = NULL;
}

static const luaL_Reg functions[] = {{"connect", t_connect},
                                     {"receive", t_receive},
                                     {"disconnect", t_disconnect},
                                     {"sent", t_sent},
                                     {"flush", t_flush},
                                     {"request", t_request},
                                     {"answer", t_answer},
                                     {"http_requests", t_http_requests},
                                     {"http_answer", t_http_answer},
                                     {"kept", t_kept},
                                     {"advance", t_advance},
                                     {"load", t_load},
                                     {"check", t_check},
                                     {"drain", t_drain},
                                     {"send_away", t_send_away},
                                     {"is_idle", t_is_idle},
                                     {"exit_status", t_exit_status},
                                     {"log", t_log},
                                     {NULL, NULL}};

static int call_stressed(lua_State *L) {
  return stress_call(L, lua_tocfunction(L, lua_upvalueindex(1)));
}

static void push_functions(lua_State *L, const luaL_Reg *each) {
  for (; each->name; each++) {
    lua_pushcfunction(L, each->func);
    /* Most of a load is Lua's own compiler: it is stressed less often. */
    if (each->func != t_load) lua_pushcclosure(L, call_stressed, 1);
    lua_setfield(L, -2, each->name);
  }
}

static void push_test(lua_State *L) {
  lua_newtable(L);
  push_functions(L, functions);
  push_functions(L, test_bus_functions);
}

static void push_loaded(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "base.core");
  lua_replace(L, -2);
}

/* The module must outlive the state, whose last objects are freed by its
   allocator, and the watchdog's thread. */
static void stay_loaded(void) {
  Dl_info info;
  if (dladdr((const void *)&world, &info))
    (void)dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
}

int luaopen_base_core(lua_State *L) {
  stay_loaded();
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  lua_State *main = lua_tothread(L, -1);
  lua_pop(L, 1);
  open_world(main);
  if (!world.scripts) return luaL_error(L, "Base's own Lua did not load");
  *(struct scripts **)lua_getextraspace(L) = world.scripts;
  push_loaded(L);
  push_test(L);
  lua_setfield(L, -2, "test");
  stress_open(L);
  return 1;
}

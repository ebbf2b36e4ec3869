/*
** The class of connections. A handle is an id with two tables beside it, made
** when they are first needed: the script's own fields, and what is ours.
*/
#include "api/objects.h"
#include "api/question.h"
#include "api/session.h"
#include "api/task.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/utf8.h"

#include <string.h>

enum { OWN_FIELDS = 1, PRIVATE = 2, UPVALUE_METHODS = 1, UPVALUE_GETTERS = 2 };

static const char class_name[] = "base.connection";

/* The mark tells ours from the userdata of other libraries without a search for
   the metatable: nobody else has one of this size that begins so. */
struct handle {
  const char *mark; /* class_name, its address */
  uint64_t id;
};

static struct handle *test_handle(lua_State *L, int index) {
  struct handle *handle = lua_touserdata(L, index);
  if (!handle || lua_rawlen(L, index) != sizeof *handle) return NULL;
  return handle->mark == class_name ? handle : NULL;
}

static struct handle *check_handle(lua_State *L, int index) {
  struct handle *handle = test_handle(L, index);
  luaL_argexpected(L, handle, index, class_name);
  return handle;
}

struct connection *connection_check(lua_State *L, int index) {
  struct handle *handle = check_handle(L, index);
  struct connection *connection =
      connection_find(api_of(L)->registry, handle->id);
  return connection && connection->session ? connection : NULL;
}

/* The connection while it takes messages, else NULL. */
static struct connection *check_open(lua_State *L) {
  struct connection *connection = connection_check(L, 1);
  return connection && connection->state == CONNECTION_OPEN ? connection : NULL;
}

/* --- handles --- */

void connection_make_handle(lua_State *L, struct session *session) {
  struct handle *handle = lua_newuserdatauv(L, sizeof *handle, 2);
  *handle = (struct handle){class_name, session->connection->id};
  luaL_setmetatable(L, class_name);
  session->handle = luaL_ref(L, LUA_REGISTRYINDEX);
}

void connection_push(lua_State *L, const struct connection *connection) {
  const struct session *session = connection->session;
  lua_rawgeti(L, LUA_REGISTRYINDEX, session->handle);
}

/* Pushes the table beside the handle at `index`, making it if need be. */
static void push_beside(lua_State *L, int index, int which) {
  index = lua_absindex(L, index);
  if (lua_getiuservalue(L, index, which) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, index, which);
}

void connection_push_queue(lua_State *L, struct connection *connection) {
  connection_push(L, connection);
  push_beside(L, -1, PRIVATE);
  if (lua_getfield(L, -1, "queue") != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "queue");
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* --- fields; each getter has the handle at 1 and pushes one value --- */

static void g_user(lua_State *L, const struct connection *connection) {
  if (connection->user)
    user_push(L, connection->user);
  else
    lua_pushnil(L);
}

static void g_address(lua_State *L, const struct connection *connection) {
  lua_pushstring(L, connection->head->address);
}

static void g_protocol(lua_State *L, const struct connection *connection) {
  struct text protocol = head_protocol(connection->head);
  if (protocol.size > 0)
    lua_pushlstring(L, protocol.bytes, protocol.size);
  else
    lua_pushnil(L);
}

static void g_opened_at(lua_State *L, const struct connection *connection) {
  lua_pushnumber(L, connection->opened_at);
}

/* Made of the handshake's bytes when it is asked for, and kept only as long as
   a script does: ten thousand heads as tables are many megabytes. */
static void push_request(lua_State *L, uint64_t id, const struct head *head) {
  anchor_push(L, ANCHOR_REQUESTS);
  if (lua_rawgeti(L, -1, (lua_Integer)id) == LUA_TNIL) {
    lua_pop(L, 1);
    request_push(L, head);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, (lua_Integer)id);
  }
  lua_replace(L, -2);
}

static void g_request(lua_State *L, const struct connection *connection) {
  push_request(L, connection->id, connection->head);
}

static const struct getter {
  const char *name;
  void (*push)(lua_State *L, const struct connection *connection);
} getters[] = {{"user", g_user},         {"address", g_address},
               {"protocol", g_protocol}, {"opened_at", g_opened_at},
               {"request", g_request},   {"id", NULL}};

enum { GETTER_COUNT = sizeof getters / sizeof *getters };

/* A copy of the handshake's bytes is kept instead of the tables that they would
   become: few scripts ask after the end. */
static void freeze_head(lua_State *L, const struct head *head) {
  size_t size = sizeof *head + head->size;
  memcpy(lua_newuserdatauv(L, size, 0), head, size);
  lua_setfield(L, -2, "head");
}

void connection_freeze(lua_State *L, struct connection *connection) {
  connection_push(L, connection);
  push_beside(L, -1, PRIVATE);
  for (int i = 0; i < GETTER_COUNT; i++) {
    if (!getters[i].push || getters[i].push == g_request) continue;
    getters[i].push(L, connection);
    lua_setfield(L, -2, getters[i].name);
  }
  freeze_head(L, connection->head);
  lua_pushnil(L);
  lua_setfield(L, -2, "queue");
  lua_pop(L, 2);
}

/* Pushes what was frozen under the name; the private table is at the top. */
static void push_frozen(lua_State *L, uint64_t id, const char *name) {
  if (strcmp(name, "request") != 0)
    lua_getfield(L, -1, name);
  else if (lua_getfield(L, -1, "head") != LUA_TNIL)
    push_request(L, id, lua_touserdata(L, -1));
}

static int push_getter(lua_State *L, const struct getter *getter) {
  struct handle *handle = check_handle(L, 1);
  if (!getter->push) {
    lua_pushinteger(L, (lua_Integer)handle->id);
    return 1;
  }
  struct connection *connection = connection_check(L, 1);
  if (connection) {
    getter->push(L, connection);
  } else {
    push_beside(L, 1, PRIVATE);
    push_frozen(L, handle->id, getter->name);
  }
  return 1;
}

static int m_index(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(UPVALUE_METHODS)) != LUA_TNIL) return 1;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(UPVALUE_GETTERS)) != LUA_TNIL)
    return push_getter(L, lua_touserdata(L, -1));
  if (lua_getiuservalue(L, 1, OWN_FIELDS) != LUA_TTABLE) return 1;
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  return 1;
}

static int m_newindex(lua_State *L) {
  check_handle(L, 1);
  for (int table = UPVALUE_METHODS; table <= UPVALUE_GETTERS; table++) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(table)) != LUA_TNIL)
      return luaL_error(L, "connection.%s is Base's and cannot be set",
                        luaL_tolstring(L, 2, NULL));
  }
  push_beside(L, 1, OWN_FIELDS);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_settable(L, -3); /* refuses nil and NaN as keys, as any table does */
  return 0;
}

static int m_tostring(lua_State *L) {
  lua_Integer id = (lua_Integer)check_handle(L, 1)->id;
  lua_pushfstring(L, "connection %I", (LUAI_UACINT)id);
  return 1;
}

/* --- methods --- */

/* The message was dropped (limits.on_slow). */
static int push_slow(lua_State *L) {
  lua_pushnil(L);
  lua_pushliteral(L, "slow");
  return 2;
}

static int send(lua_State *L, struct connection *connection,
                struct message *message) {
  if (!message) return luaL_error(L, "out of memory");
  bool sent = connection_send(connection, message);
  message_unref(message);
  if (!sent && connection->state == CONNECTION_OPEN) return push_slow(L);
  if (!sent) return push_closed(L);
  lua_pushboolean(L, true);
  return 1;
}

/* connection:send(message) -> true | nil, "closed" | nil, "slow" */
static int m_send(lua_State *L) {
  struct connection *connection = check_open(L);
  struct message *message = message_check(L, 2, NULL);
  if (connection) return send(L, connection, message);
  message_unref(message);
  return push_closed(L);
}

/* connection:send_text(text) -> true | nil, "closed" | nil, "slow" */
static int m_send_text(lua_State *L) {
  struct connection *connection = check_open(L);
  size_t size;
  const char *text = luaL_checklstring(L, 2, &size);
  luaL_argcheck(L, utf8_is_valid(text, size), 2, "not valid UTF-8");
  if (!connection) return push_closed(L);
  connection->awaited = 0; /* by a text that may be the answer: nobody looks */
  return send(L, connection, message_new(MESSAGE_TEXT, text, size));
}

/* connection:send_binary(bytes) -> true | nil, "closed" | nil, "slow" */
static int m_send_binary(lua_State *L) {
  struct connection *connection = check_open(L);
  size_t size;
  const char *bytes = luaL_checklstring(L, 2, &size);
  if (!connection) return push_closed(L);
  return send(L, connection, message_new(MESSAGE_BINARY, bytes, size));
}

/* connection:call(command, body [, seconds = 10]) -> body | nil, word */
static int m_call(lua_State *L) {
  return question_ask_connection(L, check_open(L));
}

static bool is_script_code(lua_Integer code) {
  return code == CLOSE_DONE || (code >= 3000 && code <= 3999) ||
         (code >= 4100 && code <= 4999);
}

const char *connection_check_close(lua_State *L, int index, int *code,
                                   const char *reason) {
  size_t size = 0;
  lua_Integer given = luaL_optinteger(L, index, *code);
  luaL_argcheck(L, given == *code || is_script_code(given), index,
                "a script closes with 1000, 3000 to 3999 or 4100 to 4999");
  reason = luaL_optlstring(L, index + 1, reason, &size);
  luaL_argcheck(L, size <= CLOSE_REASON_MAX, index + 1,
                "a reason has at most 123 bytes");
  luaL_argcheck(L, utf8_is_valid(reason, size) && !memchr(reason, 0, size),
                index + 1, "not a reason in words");
  *code = (int)given;
  return reason;
}

/* connection:close([code = 1000 [, reason]]) -> true | nil, "closed" */
static int m_close(lua_State *L) {
  struct connection *connection = check_open(L);
  int code = CLOSE_DONE;
  const char *reason = connection_check_close(L, 2, &code, "");
  if (!connection) return push_closed(L);
  connection_close(connection, code, reason);
  lua_pushboolean(L, true);
  return 1;
}

/* connection:is_open() -> boolean */
static int m_is_open(lua_State *L) {
  lua_pushboolean(L, check_open(L) != NULL);
  return 1;
}

static const luaL_Reg methods[] = {{"send", m_send},
                                   {"send_text", m_send_text},
                                   {"send_binary", m_send_binary},
                                   {"call", m_call},
                                   {"close", m_close},
                                   {"is_open", m_is_open},
                                   {NULL, NULL}};

void connection_deliver(lua_State *L, int index) {
  if (!message_is(L, index)) return;
  struct connection *connection = check_open(L);
  struct message *message = message_check(L, index, NULL);
  if (connection) connection_send(connection, message);
  message_unref(message);
}

/* core.deliver(connection, value): sends it if it is a message; else nothing */
static int f_deliver(lua_State *L) {
  connection_deliver(L, 2);
  return 0;
}

bool connection_is_owed(lua_State *L) {
  const struct connection *connection = check_open(L);
  const struct task *task = api_of(L)->current;
  return connection && connection->awaited && task && !task->may_answer_later;
}

/* core.is_owed(connection) -> boolean */
static int f_is_owed(lua_State *L) {
  lua_pushboolean(L, connection_is_owed(L));
  return 1;
}

/* core.is_connection(value) -> boolean */
static int f_is_connection(lua_State *L) {
  lua_pushboolean(L, test_handle(L, 1) != NULL);
  return 1;
}

void connection_class_open(lua_State *L) {
  luaL_newmetatable(L, class_name);
  luaL_newlib(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -4, "connection"); /* in core: Lua adds methods */
  lua_createtable(L, 0, GETTER_COUNT);
  for (int i = 0; i < GETTER_COUNT; i++) {
    lua_pushlightuserdata(L, (void *)&getters[i]);
    lua_setfield(L, -2, getters[i].name);
  }
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, m_index, 2);
  lua_setfield(L, -4, "__index");
  lua_pushcclosure(L, m_newindex, 2);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, m_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, f_is_connection);
  lua_setfield(L, -2, "is_connection");
  lua_pushcfunction(L, f_deliver);
  lua_setfield(L, -2, "deliver");
  lua_pushcfunction(L, f_is_owed);
  lua_setfield(L, -2, "is_owed");
}

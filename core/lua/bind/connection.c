/*
** The methods of a connection.
*/
#include "model/connection.h"
#include "lib/utf8.h"
#include "lua/bind/bind.h"
#include "lua/session/action.h"
#include "lua/session/call.h"
#include "lua/vm/task.h"

#include <string.h>

/* Returns `nil, "slow"`: the message was dropped (limits.on_slow). */
static int push_slow(lua_State *L) {
  lua_pushnil(L);
  lua_pushliteral(L, "slow");
  return 2;
}

static int send_message(lua_State *L, struct connection *connection,
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
  struct connection *connection = connection_check_open(L, 1);
  struct message *message = message_check(L, 2, NULL);
  if (connection) return send_message(L, connection, message);
  message_unref(message);
  return push_closed(L);
}

/* connection:send_text(text) -> true | nil, "closed" | nil, "slow" */
static int m_send_text(lua_State *L) {
  struct connection *connection = connection_check_open(L, 1);
  size_t size;
  const char *text = luaL_checklstring(L, 2, &size);
  luaL_argcheck(L, utf8_is_valid(text, size), 2, "not valid UTF-8");
  if (!connection) return push_closed(L);
  connection->awaited = 0; /* the text may be the answer; it is not parsed */
  return send_message(L, connection, message_new(MESSAGE_TEXT, text, size));
}

/* connection:send_binary(bytes) -> true | nil, "closed" | nil, "slow" */
static int m_send_binary(lua_State *L) {
  struct connection *connection = connection_check_open(L, 1);
  size_t size;
  const char *bytes = luaL_checklstring(L, 2, &size);
  if (!connection) return push_closed(L);
  return send_message(L, connection, message_new(MESSAGE_BINARY, bytes, size));
}

/* connection:call(command, body [, seconds = 10]) -> body | nil, word */
static int m_call(lua_State *L) {
  return call_connection(L, connection_check_open(L, 1));
}

const char *connection_check_close(lua_State *L, int index, int *code,
                                   const char *reason) {
  size_t size = 0;
  lua_Integer given = luaL_optinteger(L, index, *code);
  luaL_argcheck(L, given == *code || close_code_is_for_scripts(given), index,
                "the code must be 1000, 3000 to 3999 or 4100 to 4999");
  reason = luaL_optlstring(L, index + 1, reason, &size);
  luaL_argcheck(L, size <= CLOSE_REASON_MAX, index + 1,
                "the reason must have at most 123 bytes");
  luaL_argcheck(L, utf8_is_valid(reason, size) && !memchr(reason, 0, size),
                index + 1, "the reason must be valid UTF-8 without NUL");
  *code = (int)given;
  return reason;
}

/* connection:close([code = 1000 [, reason]]) -> true | nil, "closed" */
static int m_close(lua_State *L) {
  struct connection *connection = connection_check_open(L, 1);
  int code = CLOSE_DONE;
  const char *reason = connection_check_close(L, 2, &code, "");
  if (!connection) return push_closed(L);
  connection_close(connection, code, reason);
  lua_pushboolean(L, true);
  return 1;
}

/* connection:is_open() -> boolean */
static int m_is_open(lua_State *L) {
  lua_pushboolean(L, connection_check_open(L, 1) != NULL);
  return 1;
}

static void push_methods(lua_State *L) {
  static const luaL_Reg methods[] = {{"send", m_send},
                                     {"send_text", m_send_text},
                                     {"send_binary", m_send_binary},
                                     {"call", m_call},
                                     {"close", m_close},
                                     {"is_open", m_is_open},
                                     {NULL, NULL}};
  luaL_newlib(L, methods);
}

/* core.deliver(connection, value): sends the value if it is a message */
static int f_deliver(lua_State *L) {
  action_deliver(L, 2);
  return 0;
}

/* core.is_owed(connection) -> boolean */
static int f_is_owed(lua_State *L) {
  lua_pushboolean(L, action_is_owed(L));
  return 1;
}

/* core.reply(connection, command, body, id, channel) -> as connection:send: a
   message of Base's own, whose command may begin with $ */
static int f_reply(lua_State *L) {
  struct connection *connection = connection_check_open(L, 1);
  lua_settop(L, 5);
  int parts[3];
  for (int i = 0; i < 3; i++)
    parts[i] = lua_isnil(L, 3 + i) ? 0 : 3 + i;
  struct message *message =
      message_encode_reply(L, 2, parts[0], parts[1], parts[2]);
  if (connection) return send_message(L, connection, message);
  message_unref(message);
  return push_closed(L);
}

void connection_open_methods(lua_State *L) {
  push_methods(L);
  connection_class_open(L);
  static const luaL_Reg functions[] = {{"deliver", f_deliver},
                                       {"is_owed", f_is_owed},
                                       {"reply", f_reply},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

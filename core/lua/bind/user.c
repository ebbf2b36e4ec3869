/*
** The methods of a user, and core.join, which makes a connection one of a
** user's.
*/
#include "model/user.h"
#include "lua/bind/bind.h"
#include "lua/bind/channels.h"
#include "lua/session/call.h"
#include "lua/session/joining.h"
#include "lua/session/queue.h"
#include "lua/session/session.h"
#include "model/connection.h"
#include "model/registry.h"

/* --- methods --- */

/* user:send(message) -> how many connections took it */
static int m_send(lua_State *L) {
  struct user *user = user_check(L, 1);
  struct message *message = message_check(L, 2, NULL);
  lua_Integer count = user_send(user, message);
  message_unref(message);
  lua_pushinteger(L, count);
  return 1;
}

/* Closes all connections of the user and refuses registrations that are under
   way. The code and the reason are at 2. */
static int disconnect_user(lua_State *L, struct text id) {
  struct scripts *scripts = scripts_of(L);
  struct user *user = user_find(scripts->registry, id);
  int code = CLOSE_SENT_AWAY;
  const char *reason = connection_check_close(L, 2, &code, "sent away");
  register_disconnect(scripts, id, code, reason);
  lua_pushinteger(L, user_close(user, code, reason));
  return 1;
}

/* user:disconnect([code = 4003 [, reason]]) -> number of connections closed */
static int m_disconnect(lua_State *L) {
  return disconnect_user(L, user_check_handle(L, 1));
}

int f_disconnect(lua_State *L) {
  bool is_integer;
  lua_settop(L, 3);
  return disconnect_user(L, user_check_id(L, 1, &is_integer));
}

/* user:call(command, body [, seconds = 10]) -> body | nil, word: the first
   answer of its connections */
static int m_call(lua_State *L) {
  return call_user(L, user_check(L, 1));
}

/* user:update(fields) -> user */
static int m_update(lua_State *L) {
  struct text own = user_check_handle(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_getfield(L, 2, "id") != LUA_TNIL) {
    bool is_integer;
    struct text id = user_check_id(L, 3, &is_integer);
    if (!text_equals(id, own))
      return luaL_error(L, "these are fields of user %s, not of user %s",
                        id.bytes, own.bytes);
  }
  user_update(L, 1, 2);
  lua_settop(L, 1);
  return 1;
}

void user_open_methods(lua_State *L) {
  static const luaL_Reg methods[] = {{"send", m_send},
                                     {"call", m_call},
                                     {"update", m_update},
                                     {"join", channel_m_user_join},
                                     {"leave", channel_m_user_leave},
                                     {"disconnect", m_disconnect},
                                     {NULL, NULL}};
  luaL_newlib(L, methods);
  user_class_open(L);
}

/* --- registering --- */

int f_join(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  struct connection *connection = connection_check(L, 1);
  bool has_expired = lua_toboolean(L, 3);
  bool answers = lua_toboolean(L, 4);
  bool is_integer;
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_getfield(L, 2, "id");
  struct text id = user_check_id(L, 3, &is_integer);
  if (!connection || connection->state != CONNECTION_OPEN)
    return push_closed(L);
  struct session *session = connection->session;
  if (!register_begin(L, session, id, has_expired, answers)) return 2;
  struct user *user = user_find(scripts->registry, id);
  if (user && !user_make_room(user, connection)) return push_closed(L);
  if (!user) user = user_add(scripts->registry, id, is_integer);
  if (!user) return luaL_error(L, "out of memory");
  if (connection->user != user) call_moved(session);
  if (connection->user && connection->user != user)
    session_leave_channels(session, "registered as another user");
  user_join(user, connection);
  queue_charge(session);
  user_push_joined(L, user, 2);
  lua_pushinteger(L, session->registrations);
  return 2;
}

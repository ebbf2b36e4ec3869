/*
** What `register` asks of C: whether a registration that has begun with
** core.join still stands, and how it ends.
*/
#include "api/objects.h"
#include "api/session.h"
#include "model/connection.h"

static struct session *check_session(lua_State *L) {
  struct connection *connection = connection_check(L, 1);
  bool is_open = connection && connection->state == CONNECTION_OPEN;
  return is_open ? connection->session : NULL;
}

static int push_word(lua_State *L, const char *word) {
  lua_pushnil(L);
  lua_pushstring(L, word);
  return 2;
}

int register_push_expired(lua_State *L, struct session *session) {
  connection_close(session->connection, CLOSE_NOT_AUTHENTICATED,
                   "the registration has expired");
  return push_word(L, "expired");
}

/* core.is_late(connection, answers) -> boolean: whether `authenticate` would
   answer (`answers` says that this is its `register`) what somebody else has
   registered meanwhile */
static int f_is_late(lua_State *L) {
  const struct session *session = check_session(L);
  bool answers =
      session && (lua_toboolean(L, 2) || session_is_authenticating(session));
  lua_pushboolean(L, answers && session->is_taken);
  return 1;
}

/* core.stands(connection, registration, has_expired) -> true | nil, "closed" |
   nil, "registered", if another has begun since | nil, "expired", which closes
   it unless it was one of this user already */
static int f_stands(lua_State *L) {
  struct session *session = check_session(L);
  if (!session || !session->connection->user) return push_closed(L);
  if (session->registrations != (uint32_t)luaL_checkinteger(L, 2))
    return push_word(L, "registered");
  if (lua_toboolean(L, 3) && !session->is_renewal)
    return register_push_expired(L, session);
  lua_pushboolean(L, true);
  return 1;
}

/* core.admit(connection [, seconds, grace]) -> true | nil, "closed": for so
   many seconds, and then so many for registering again */
static int f_admit(lua_State *L) {
  struct session *session = check_session(L);
  if (!session || !session->connection->user) return push_closed(L);
  if (lua_isnoneornil(L, 2)) {
    session_admit(session, NULL);
  } else {
    struct expiry expiry = {to_milliseconds(luaL_checknumber(L, 2)),
                            to_milliseconds(luaL_checknumber(L, 3))};
    session_admit(session, &expiry);
  }
  lua_pushboolean(L, true);
  return 1;
}

/* core.refuse(connection) -> true | nil, "closed" */
static int f_refuse(lua_State *L) {
  struct session *session = check_session(L);
  if (!session) return push_closed(L);
  connection_close(session->connection, CLOSE_NOT_AUTHENTICATED,
                   "not authenticated");
  lua_pushboolean(L, true);
  return 1;
}

/* core.fail(connection, reason) -> true | nil, "closed": the scripts failed */
static int f_fail(lua_State *L) {
  struct session *session = check_session(L);
  const char *reason = luaL_checkstring(L, 2);
  if (!session) return push_closed(L);
  connection_close(session->connection, CLOSE_FAILED, reason);
  lua_pushboolean(L, true);
  return 1;
}

/* core.send_away(connection) -> true | nil, "closed": try again later */
static int f_send_away(lua_State *L) {
  struct session *session = check_session(L);
  if (!session) return push_closed(L);
  session_send_away(session, CLOSE_TRY_LATER, "try again later");
  lua_pushboolean(L, true);
  return 1;
}

void register_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"join", f_join},           {"is_late", f_is_late},
      {"stands", f_stands},       {"admit", f_admit},
      {"refuse", f_refuse},       {"fail", f_fail},
      {"send_away", f_send_away}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

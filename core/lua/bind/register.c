/*
** The part of `register` in C: whether a connection may become a user's,
** whether a registration that began with core.join is still the last, and how
** it ends.
*/
#include "lua/bind/bind.h"
#include "lua/session/lifecycle.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "model/connection.h"
#include "model/user.h"

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

static int push_expired(lua_State *L, const struct session *session) {
  connection_close(session->connection, CLOSE_NOT_AUTHENTICATED,
                   "the registration has expired");
  return push_word(L, "expired");
}

/* --- users who were disconnected --- */

/* Old entries are removed when there are this many. */
enum { KEPT = 2048 };

/* Removes the entries that are older than every living task. A timer or a
   spawned task that was made by an older one and has not run yet is then
   refused, to be safe. */
static void forget_old(struct scripts *scripts) {
  uint64_t oldest = scripts->tasks.moment;
  list_each(const struct task, task, &scripts->tasks.live, live) {
    if (task->began < oldest) oldest = task->began;
  }
  disconnects_forget(&scripts->disconnects, oldest);
  size_t count = scripts->disconnects.by_id.count;
  scripts->forget_at = count < KEPT / 2 ? KEPT : 2 * count;
}

void register_disconnect(struct scripts *scripts, struct text id, int code,
                         const char *reason) {
  uint64_t by = scripts->tasks.current ? scripts->tasks.current->began : 0;
  disconnects_add(&scripts->disconnects, id, ++scripts->tasks.moment, by, code,
                  reason);
  if (scripts->disconnects.by_id.count >= scripts->forget_at)
    forget_old(scripts);
}

/* The moment at which the run that leads to this registration began. A run on
   behalf of others, which may go on for ever, was asked by the connection: in
   the connection's last run, or, if it calls the `register` of `authenticate`,
   in `authenticate`. */
static uint64_t find_beginning(const struct session *session, bool answers) {
  const struct task *task = session->scripts->tasks.current;
  uint64_t asked = answers ? session->authenticating : session->began;
  if (!task) return session->scripts->tasks.moment; /* only in a test */
  if (task->began_for == session->connection->id || task->began > asked)
    return task->began;
  return asked;
}

/* If the user was disconnected since `began`, closes the connection with the
   same code and reason; true when it was closed. */
static bool is_sent_away(struct session *session, struct text id,
                         uint64_t began) {
  const struct disconnects *disconnects = &session->scripts->disconnects;
  const struct disconnect *last = disconnects_find(disconnects, id, began);
  if (last)
    connection_close(session->connection, last->code, last->reason);
  else if (disconnects_may_miss(disconnects, began))
    session_send_away(session, CLOSE_TRY_LATER, "try again later");
  else
    return false;
  return true;
}

bool register_begin(lua_State *L, struct session *session, struct text id,
                    bool has_expired, bool answers) {
  const struct user *user = user_find(session->scripts->registry, id);
  bool is_member = session->phase == SESSION_MEMBER;
  bool is_renewal = is_member && user && user == session->connection->user;
  if (!is_renewal &&
      is_sent_away(session, id, find_beginning(session, answers))) {
    push_word(L, "disconnected");
    return false;
  }
  if (!is_renewal && has_expired) {
    push_expired(L, session);
    return false;
  }
  session->is_renewal = is_renewal;
  session->is_taken |= !answers && !session_is_authenticating(session);
  session->registrations++;
  return true;
}

/* --- the steps of `register` --- */

/* core.is_late(connection, answers) -> boolean: whether this call would be the
   answer of `authenticate` (`answers`: the caller is its `register`) after
   another `register` has registered the connection */
static int f_is_late(lua_State *L) {
  const struct session *session = check_session(L);
  bool answers =
      session && (lua_toboolean(L, 2) || session_is_authenticating(session));
  lua_pushboolean(L, answers && session->is_taken);
  return 1;
}

/* core.stands(connection, registration, has_expired) -> true | nil, "closed" |
   nil, "registered" if another registration has begun since | nil, "expired"
   after closing the connection, unless it belonged to this user already */
static int f_stands(lua_State *L) {
  struct session *session = check_session(L);
  if (!session || !session->connection->user) return push_closed(L);
  if (session->registrations != (uint32_t)luaL_checkinteger(L, 2))
    return push_word(L, "registered");
  if (lua_toboolean(L, 3) && !session->is_renewal)
    return push_expired(L, session);
  lua_pushboolean(L, true);
  return 1;
}

/* core.admit(connection [, seconds, grace]) -> true | nil, "closed". The
   registration is valid for `seconds`, then `grace` seconds remain to register
   again. */
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

/* core.fail(connection, reason) -> true | nil, "closed": closes with 1011 */
static int f_fail(lua_State *L) {
  struct session *session = check_session(L);
  const char *reason = luaL_checkstring(L, 2);
  if (!session) return push_closed(L);
  connection_close(session->connection, CLOSE_FAILED, reason);
  lua_pushboolean(L, true);
  return 1;
}

/* core.send_away(connection) -> true | nil, "closed": closes with 1013 */
static int f_send_away(lua_State *L) {
  struct session *session = check_session(L);
  if (!session) return push_closed(L);
  session_send_away(session, CLOSE_TRY_LATER, "try again later");
  lua_pushboolean(L, true);
  return 1;
}

void register_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"join", f_join},
                                       {"disconnect", f_disconnect},
                                       {"is_late", f_is_late},
                                       {"stands", f_stands},
                                       {"admit", f_admit},
                                       {"refuse", f_refuse},
                                       {"fail", f_fail},
                                       {"send_away", f_send_away},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

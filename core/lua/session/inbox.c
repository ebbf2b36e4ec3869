#include "lua/session/inbox.h"

#include "lua/object/objects.h"
#include "lua/session/action.h"
#include "lua/session/call.h"
#include "lua/session/costs.h"
#include "lua/session/queue.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/registry.h"

/* Where the id and the channel of the message lie on L is said by `to`. */
static void send_error(struct session *session, lua_State *L, const char *code,
                       const char *text, struct reply_to to) {
  counters_add_error(&session->scripts->registry->counters, code);
  if (session_is_raw(session) || !session_is_open(session)) return;
  message_send_error(L, session->connection, code, text, to);
}

static void refuse_busy(struct session *session, lua_State *L,
                        struct reply_to to, enum limit_hit_cause cause) {
  cost_refused(session, cause);
  if (session_is_raw(session))
    connection_close(session->connection, CLOSE_TRY_LATER,
                     "too many messages are waiting");
  else
    send_error(session, L, "busy", "too many messages are waiting", to);
}

/* --- which may run --- */

/* Whether a connection without a user may send the message at the top. A raw
   protocol logs its users in itself; the rule of a channel says who may be in
   it. */
static bool is_public(struct session *session, lua_State *L) {
  if (session_is_raw(session) || !lua_istable(L, -1)) return true;
  if (message_is_for_channel(L, -1)) return true;
  lua_getfield(L, -1, "command");
  bool found = false;
  if (project_push(L, "public")) {
    lua_pushvalue(L, -2);
    found = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
  return found;
}

/* Whether the message at the top may run in this phase. */
static bool may_run(struct session *session, lua_State *L) {
  if (session->phase == SESSION_MEMBER) return true;
  if (session->phase == SESSION_AUTHENTICATING &&
      (session_is_raw(session) || message_is_for_channel(L, -1)))
    return false;
  return is_public(session, L);
}

static void refuse_guest(struct session *session) {
  connection_close(session->connection, CLOSE_NOT_AUTHENTICATED,
                   "not authenticated");
}

/* --- one after another --- */

static void on_action_end(struct task *task, enum task_end end) {
  struct session *session = action_end(task);
  (void)end;
  if (session) inbox_run_next(session);
}

/* Runs the message at the top of L, popping it, unless its decoded values are
   too large: while it waited only its bytes counted. */
static bool run_what_waited(struct session *session, lua_State *L,
                            uint64_t cost) {
  enum limit_hit_cause passed = cost_find_passed(session, cost);
  if (passed == LIMIT_HIT_CAUSES) {
    action_run(session, message_is_for_channel(L, -1), cost, on_action_end);
    return true;
  }
  int place = lua_gettop(L);
  struct reply_to to = {0};
  if (!message_is_raw(L, place)) {
    if (lua_getfield(L, place, "id") != LUA_TNIL) to.id = place + 1;
    if (lua_getfield(L, place, "channel") != LUA_TNIL) to.channel = place + 2;
  }
  refuse_busy(session, L, to, passed);
  lua_settop(L, place - 1);
  return false;
}

void inbox_run_next(struct session *session) {
  struct scripts *scripts = session->scripts;
  uint64_t cost;
  if (session->busy || !session_is_open(session) || scripts->end.is_stopped)
    return;
  while (session->queued > 0 &&
         queue_take(session, scripts->L, may_run, &cost)) {
    if (run_what_waited(session, scripts->L, cost)) return;
  }
  if (!session_is_open(session)) return;
  if (session->phase == SESSION_GUEST && session->queued > 0)
    refuse_guest(session);
  else if ((scripts->end.is_draining || session->connection->is_leaving) &&
           session_is_quiet(session))
    session_send_away(session, scripts->end.code, "the server is restarting");
}

/* A message that has just come. */
struct incoming {
  struct text text;   /* its bytes */
  struct reply_to to; /* its id and its channel */
  bool is_channel;
  uint64_t cost; /* of having decoded it */
};

/* Takes the message at the top of L. */
static void take_message(struct session *session, lua_State *L,
                         const struct incoming *incoming) {
  bool runs = may_run(session, L);
  enum limit_hit_cause passed;
  if (session->phase == SESSION_GUEST && !runs && !session->busy) {
    refuse_guest(session); /* else when its turn comes: the message before it
                              may log in */
    return;
  }
  if (runs && !session->busy &&
      (session->queued == 0 || session->phase != SESSION_MEMBER)) {
    passed = cost_find_passed(session, incoming->cost);
    if (passed == LIMIT_HIT_CAUSES)
      action_run(session, incoming->is_channel, incoming->cost, on_action_end);
  } else {
    passed = queue_push(session, L, incoming->text);
  }
  if (passed != LIMIT_HIT_CAUSES) refuse_busy(session, L, incoming->to, passed);
}

/* --- pings --- */

static bool has_ping_action(lua_State *L) {
  if (!project_push(L, "actions")) return false;
  bool found = lua_getfield(L, -1, "ping") != LUA_TNIL;
  lua_pop(L, 2);
  return found;
}

static void append_element(struct buffer *buffer, struct text element) {
  if (!element.bytes) return;
  buffer_append(buffer, ",", 1);
  buffer_append(buffer, element.bytes, element.size);
}

/* Sends the body and the id back byte by byte. Encoding them anew would show
   guests the order of Lua's tables, and cost more. */
static void send_pong(struct session *session, lua_State *L,
                      const struct envelope *ping) {
  struct buffer *buffer = &session->scripts->text;
  buffer_clear(buffer);
  buffer_append_string(buffer, "[\"pong\"");
  append_element(buffer, ping->body);
  append_element(buffer, ping->id);
  buffer_append(buffer, "]", 1);
  struct message *pong =
      buffer->failed ? NULL
                     : message_new(MESSAGE_TEXT, buffer->bytes, buffer->size);
  buffer->failed = false;
  if (!pong) luaL_error(L, "out of memory");
  connection_send(session->connection, pong);
  message_unref(pong);
}

/* --- what comes from the client --- */

static void received_text(struct session *session, lua_State *L,
                          const char *bytes, size_t size) {
  uint64_t before = cost_begin(session);
  int message = lua_gettop(L) + 1;
  struct envelope envelope = message_decode(L, bytes, size);
  int id = envelope.to.id;
  if (envelope.took_too_long) {
    queue_refuse_costly(session, size);
    return;
  }
  if (!envelope.is_valid) {
    connection_log(LOG_DEBUG, session->connection, "invalid message: %s",
                   envelope.complaint);
    send_error(session, L, "invalid", envelope.complaint, envelope.to);
    return;
  }
  const char *name =
      id && lua_type(L, id) == LUA_TSTRING ? lua_tostring(L, id) : NULL;
  if (name && name[0] == '$') {
    call_answer(session, L, message, envelope.command, name);
  } else if (text_equals(envelope.command, text_of("ping")) &&
             !envelope.is_channel && !has_ping_action(L)) {
    send_pong(session, L, &envelope);
  } else {
    lua_pushvalue(L, message);
    struct incoming incoming = {.text = {bytes, size},
                                .to = envelope.to,
                                .is_channel = envelope.is_channel,
                                .cost = cost_since(session, before)};
    take_message(session, L, &incoming);
  }
}

/* A longer message is not decoded for its id: the answer goes without it. */
enum { LIMITED_MAX = 1024 };

void inbox_limited(struct session *session, const char *bytes, size_t size) {
  lua_State *L = session->scripts->L;
  struct reply_to to = {0};
  if (session_is_raw(session)) bytes = NULL;
  if (bytes && size <= LIMITED_MAX) {
    struct envelope envelope = message_decode(L, bytes, size);
    to = envelope.to;
    if (envelope.took_too_long) {
      queue_refuse_costly(session, size);
      return;
    }
  }
  send_error(session, L, "rate", "too many messages a second", to);
}

void inbox_received(struct session *session, enum message_kind kind,
                    const char *bytes, size_t size) {
  lua_State *L = session->scripts->L;
  bool takes_raw = kind == MESSAGE_BINARY || session_is_raw(session);
  if (!takes_raw) {
    received_text(session, L, bytes, size);
    return;
  }
  uint64_t before = cost_begin(session);
  /* A raw message waits as its bytes; the kind tells dispatch which hook to
     run. */
  lua_createtable(L, 2, 0);
  lua_pushstring(L, kind == MESSAGE_BINARY ? "binary" : "text");
  lua_rawseti(L, -2, 1);
  lua_pushlstring(L, bytes, size);
  lua_rawseti(L, -2, 2);
  struct incoming incoming = {.text = {bytes, size},
                              .cost = cost_since(session, before)};
  take_message(session, L, &incoming);
}

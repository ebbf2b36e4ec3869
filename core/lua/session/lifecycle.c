#include "lua/session/lifecycle.h"

#include "lua/object/objects.h"
#include "lua/session/call.h"
#include "lua/session/inbox.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/registry.h"
#include "model/user.h"

#include <stdlib.h>
#include <string.h>

/* --- hooks --- */

/* Makes a task for a hook of base.lua ("on.connect") with the connection's
   handle as its first argument; NULL if there is no such hook. The caller adds
   the other arguments. */
static struct task *new_hook(struct session *session, const char *what) {
  lua_State *L = session->scripts->L;
  if (!hook_push(L, what + strlen("on."))) return NULL;
  struct task *task = task_new(session->scripts, session->connection, NULL);
  task->what = what;
  task_note(L, task);
  lua_xmove(L, task->thread, 1);
  connection_push(task->thread, session->connection);
  return task;
}

static void run_connect(struct session *session) {
  struct task *task = new_hook(session, "on.connect");
  if (task) task_ready(task, 1);
}

static void run_disconnect(struct session *session, int code,
                           const char *reason) {
  struct task *task = new_hook(session, "on.disconnect");
  if (!task) return;
  task->is_strangers = session->phase != SESSION_MEMBER; /* it has left its user
                                                            already */
  lua_pushinteger(task->thread, code);
  lua_pushstring(task->thread, reason);
  task_ready(task, 3);
}

static void run_online(struct session *session) {
  struct user *user = session->connection->user;
  lua_State *L = session->scripts->L;
  if (!user || user->is_announced) return;
  user->is_announced = true;
  if (!hook_push(L, "online")) return;
  struct task *task = task_new(session->scripts, session->connection, NULL);
  task->what = "on.online";
  task_note(L, task);
  lua_xmove(L, task->thread, 1);
  user_push(task->thread, user);
  task_ready(task, 1);
}

/* --- connect and authenticate --- */

static void on_session_deadline(struct timer *timer);

static void close_late(struct session *session, enum limit_hit_cause cause,
                       const char *why) {
  struct connection *connection = session->connection;
  if (connection->state == CONNECTION_OPEN &&
      limit_hit_add(&session->scripts->registry->limit_hits, cause))
    connection_log(LOG_WARN, connection, "closed with 4010: %s (limits.%s)",
                   why, limit_hit_names[cause]);
  connection_close(connection, CLOSE_LATE, why);
}

static void on_authenticate_end(struct task *task, enum task_end end) {
  struct session *session = session_find(task->scripts, task->connection);
  if (!session || !session_is_open(session)) return;
  if (session->phase != SESSION_AUTHENTICATING) return;
  if (session->is_taken)
    return; /* another `register` has answered, or is
               about to */
  if (end == TASK_STOPPED)
    return; /* the server ends, and tells the client
               itself */
  if (end != TASK_DONE) {
    if (end == TASK_TIMED_OUT)
      close_late(session, LIMIT_HIT_AUTHENTICATE,
                 "authentication took too long");
    else
      connection_close(session->connection, CLOSE_FAILED,
                       "authentication failed");
    return;
  }
  session->phase = SESSION_GUEST;
  timer_stop(task->scripts->timers, &session->deadline);
  uint64_t guest_time = task->scripts->config->limits.guest_time;
  if (guest_time > 0)
    timer_start(task->scripts->timers, &session->deadline, guest_time);
  inbox_run_next(session);
}

static void run_authenticate(struct session *session) {
  struct task *task =
      task_new(session->scripts, session->connection, on_authenticate_end);
  task->what = "authenticate";
  anchor_push(task->thread, ANCHOR_AUTHENTICATE);
  connection_push(task->thread, session->connection);
  task_ready(task, 1);
  session->authenticating = session->began = task->began;
}

void session_open(struct scripts *scripts, struct connection *connection) {
  connection_make_handle(scripts->L, connection); /* or raises: no session */
  struct session *session = calloc(1, sizeof *session);
  if (!session) {
    connection_drop_handle(scripts->L, connection);
    luaL_error(scripts->L, "out of memory");
    return;
  }
  session->scripts = scripts;
  session->connection = connection;
  session->deadline.on_due = on_session_deadline;
  connection->session = session;
  scripts->session_count++;
  uint64_t time = scripts->config->limits.authenticate_time;
  if (time > 0) timer_start(scripts->timers, &session->deadline, time);
  run_connect(session);
  run_authenticate(session);
}

/* --- the expiry of a registration --- */

static void tell_expired(struct session *session) {
  static const char text[] = "[\"expired\"]";
  if (session_is_raw(session)) return;
  struct message *message = message_new(MESSAGE_TEXT, text, sizeof text - 1);
  if (message) connection_send(session->connection, message);
  message_unref(message);
}

static void expire_registration(struct session *session) {
  session->has_expired = true;
  tell_expired(session);
  timer_start(session->scripts->timers, &session->deadline, session->grace);
}

static void on_session_deadline(struct timer *timer) {
  struct session *session = owner_of(timer, struct session, deadline);
  struct connection *connection = session->connection;
  if (session->phase == SESSION_AUTHENTICATING)
    close_late(session, LIMIT_HIT_AUTHENTICATE, "authentication took too long");
  else if (session->phase == SESSION_GUEST)
    close_late(session, LIMIT_HIT_GUEST, "not registered in time");
  else if (session->has_expired)
    connection_close(connection, CLOSE_NOT_AUTHENTICATED,
                     "the registration has expired");
  else
    expire_registration(session);
}

static void begin_time(struct session *session, const struct expiry *expiry) {
  session->has_expired = false;
  timer_stop(session->scripts->timers, &session->deadline);
  if (!expiry) return;
  session->grace = expiry->grace;
  if (expiry->after == 0)
    expire_registration(session);
  else
    timer_start(session->scripts->timers, &session->deadline, expiry->after);
}

void session_admit(struct session *session, const struct expiry *expiry) {
  session->phase = SESSION_MEMBER;
  if (session->has_expired && expiry && expiry->after == 0)
    tell_expired(session); /* the grace goes on: otherwise a client could extend
                              it for ever */
  else
    begin_time(session, expiry);
  run_online(session);
  inbox_run_next(session);
}

/* --- the end --- */

void session_closed(struct session *session, int code, const char *reason) {
  struct scripts *scripts = session->scripts;
  struct connection *connection = session->connection;
  connection_freeze(scripts->L, connection);
  user_leave(connection);
  run_disconnect(session, code, reason);
  session_free(session);
  calls_left(scripts);
}

void session_free(struct session *session) {
  call_leave(session);
  charge_end(&session->charge);
  connection_drop_handle(session->scripts->L, session->connection);
  timer_stop(session->scripts->timers, &session->deadline);
  session->connection->session = NULL;
  session->scripts->session_count--;
  free(session);
}

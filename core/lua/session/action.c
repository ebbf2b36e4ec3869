#include "lua/session/action.h"

#include "lua/object/objects.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/connection.h"
#include "model/registry.h"

/* Notes the message at the top as the one that the task serves: an error is
   answered to it. */
static void set_carried(lua_State *L, struct task *task) {
  lua_rawseti(L, LUA_REGISTRYINDEX, task->carried);
}

struct session *action_end(struct task *task) {
  histogram_add(&task->scripts->registry->counters.actions,
                timers_now(task->scripts->timers) - task->started);
  struct session *session = session_find(task->scripts, task->connection);
  lua_pushboolean(task->scripts->L, false);
  set_carried(task->scripts->L, task);
  if (!session || session->busy != task) return NULL;
  session->busy = NULL;
  return session;
}

/* Pushes the action that the message at the top names, if there is one and the
   hook `before` is not set. */
static bool push_action(lua_State *L) {
  anchor_push(L, ANCHOR_ACTIONS);
  if (lua_istable(L, -1)) {
    anchor_push(L, ANCHOR_COMMAND);
    lua_rawget(L, -3);
    if (lua_rawget(L, -2) == LUA_TFUNCTION) {
      lua_replace(L, -2);
      return true;
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return false;
}

/* --- the answer --- */

void action_deliver(lua_State *L, int index) {
  struct connection *connection = connection_check_open(L, 1);
  struct message *message = message_encode(L, index);
  if (!message) return;
  if (connection) connection_send(connection, message);
  message_unref(message);
}

bool action_is_owed(lua_State *L) {
  const struct connection *connection = connection_check_open(L, 1);
  const struct task *task = scripts_of(L)->tasks.current;
  return connection && connection->awaited && task && !task->may_answer_later;
}

/* On the stack: connection, action, id, what the action returned. Sends that if
   it is a message; tells the client when it still waits for its answer. */
static int finish_action(lua_State *L) {
  action_deliver(L, 4);
  if (!action_is_owed(L)) return 0;
  anchor_push(L, ANCHOR_UNANSWERED);
  lua_insert(L, 1);
  lua_call(L, 4, 0);
  return 0;
}

static int on_returned(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return finish_action(L);
}

/* On the stack: connection, action, id, action, connection, message. Runs the
   action. */
static int serve_message(lua_State *L) {
  lua_callk(L, 2, 1, 0, on_returned);
  return finish_action(L);
}

/* --- its run --- */

/* Pushes the id of the message at the top, or nil. Notes whether the client
   waits for an answer. */
static void push_message_id(lua_State *L, struct connection *connection) {
  anchor_push(L, ANCHOR_ID);
  bool has_id = lua_rawget(L, -2) != LUA_TNIL;
  connection->awaited = has_id ? message_hash_id(L, -1) : 0;
}

/* Pushes onto the task's thread all that runs the message at `message`, except
   the connection and the message, and returns how many values. It is the action
   itself, or the Lua function that finds one, or serves a message for a
   channel. */
static int push_runner(struct session *session, lua_State *L, int message,
                       bool is_channel, struct task *task) {
  lua_State *thread = task->thread;
  session->connection->awaited = 0;
  task->what = "action";
  if (message_is_raw(L, message)) {
    task->what = "on.text or on.binary";
    anchor_push(thread, ANCHOR_RECEIVE);
    return 0;
  }
  push_message_id(L, session->connection);
  lua_pushvalue(L, message);
  if (is_channel || !push_action(L)) {
    anchor_push(thread, ANCHOR_DISPATCH);
    return 0;
  }
  task_note(L, task);
  lua_pushcfunction(thread, serve_message);
  connection_push(thread, session->connection);
  lua_pushvalue(L, -1); /* message, id, message, action, action */
  lua_pushvalue(L, message + 1);
  lua_pushvalue(L, -3);
  lua_xmove(L, thread, 3);
  return 4;
}

void action_run(struct session *session, bool is_channel, uint64_t cost,
                void (*on_end)(struct task *, enum task_end)) {
  struct scripts *scripts = session->scripts;
  lua_State *L = scripts->L;
  struct task *task = task_new(scripts, session->connection, on_end);
  lua_State *thread = task->thread;
  int message = lua_gettop(L);
  int argument_count = 2 + push_runner(session, L, message, is_channel, task);
  lua_settop(L, message);
  connection_push(thread, session->connection);
  lua_pushvalue(L, -1);
  set_carried(L, task);
  lua_xmove(L, thread, 1);
  session->busy = task;
  charge_connection(&task->charge, session->connection, cost);
  task_ready(task, argument_count);
  session->began = task->began;
}

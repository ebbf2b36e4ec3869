#include "lua/session/call.h"

#include "lua/object/objects.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "lua/vm/wait.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/registry.h"
#include "model/user.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 10000 /* milliseconds, unless the script gives a time */ };

static const char kept_name[] = "base.kept";

/* --- keeping the message --- */

static int gc_kept(lua_State *L) {
  struct message **kept = lua_touserdata(L, 1);
  if (*kept) message_unref(*kept);
  *kept = NULL;
  return 0;
}

void calls_open(lua_State *L) {
  luaL_newmetatable(L, kept_name);
  lua_pushcfunction(L, gc_kept);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}

/* Makes a userdata at `index` that keeps a message: it is freed even if Lua
   raises. */
static struct message **make_place(lua_State *L, int index) {
  struct message **kept = lua_newuserdatauv(L, sizeof *kept, 0);
  *kept = NULL;
  luaL_setmetatable(L, kept_name);
  lua_replace(L, index);
  return kept;
}

/* --- calling --- */

static struct call *call_of(const struct task *task) {
  return task->waits_for;
}

static void callee_take_out(struct callee *callee) {
  assert(callee->task);
  list_remove(&callee->link);
  call_of(callee->task)->left--;
  callee->task = NULL;
}

static void on_call_leave(struct task *task) {
  struct call *call = call_of(task);
  for (uint32_t i = 0; i < call->count; i++) {
    if (call->callees[i].task) callee_take_out(&call->callees[i]);
  }
  free(call);
  task->waits_for = NULL;
}

static void call_send(struct task *task, struct connection *connection,
                      struct message *message) {
  if (connection->is_leaving || !connection_send(connection, message)) return;
  struct session *session = connection->session;
  struct call *call = call_of(task);
  struct callee *callee = &call->callees[call->count++];
  *callee = (struct callee){.task = task, .id = connection->id};
  list_prepend(&session->callees, &callee->link);
  call->left++;
}

/* Sends the call to the connection, or to all of the user's; false when none
   took it. Whatever raises does so before the first is sent. */
static bool call_send_all(lua_State *L, struct task *task,
                          struct connection *connection, struct user *user,
                          struct message *message) {
  size_t most = user ? user->connection_count : connection != NULL;
  if (most == 0) return false;
  struct call *call = calloc(1, sizeof *call + most * sizeof(struct callee));
  if (!call) luaL_error(L, "out of memory");
  call->is_user = user != NULL;
  task->waits_for = call;
  task->on_leave = on_call_leave;
  task_take_ticket(L, task);
  if (connection) call_send(task, connection, message);
  if (user) {
    list_each(struct connection, each, &user->connections, of_user)
      call_send(task, each, message);
  }
  return call->left > 0;
}

static int call_start(lua_State *L, struct connection *connection,
                      struct user *user) {
  struct scripts *scripts = scripts_of(L);
  struct task *task = task_check_wait(L);
  struct message **message = make_place(L, 1);
  int next;
  *message = message_check_call(L, 2, &next, scripts->tasks.next_ticket + 1);
  lua_settop(L, next);
  uint64_t wait = lua_isnil(L, next) ? PATIENCE : check_seconds(L, next);
  if (scripts->end.is_draining ||
      !call_send_all(L, task, connection, user, *message))
    return push_closed(L);
  return task_wait(L, task, wait, "timeout");
}

int call_connection(lua_State *L, struct connection *connection) {
  return call_start(L, connection, NULL);
}

int call_user(lua_State *L, struct user *user) {
  return call_start(L, NULL, user);
}

/* --- answers --- */

/* The callee of that connection if it may still answer, else NULL. */
static struct callee *find_callee(struct call *call, uint64_t id) {
  for (uint32_t i = 0; i < call->count; i++) {
    if (call->callees[i].task && call->callees[i].id == id)
      return &call->callees[i];
  }
  return NULL;
}

/* Pushes the `code` of an error message. */
static void push_code(lua_State *L, int message) {
  if (lua_getfield(L, message, "body") == LUA_TTABLE) {
    lua_pushliteral(L, "code");
    lua_rawget(L,
               -2); /* raw: a list has a metatable, which a script may change */
  }
  if (lua_type(L, -1) != LUA_TSTRING) lua_pushliteral(L, "error");
}

/* Whether the code at the top of L is `unknown` and another client of the user
   may still answer. */
static bool leaves_it_to_others(lua_State *L, struct call *call,
                                struct callee *callee) {
  if (!call->is_user || strcmp(lua_tostring(L, -1), "unknown") != 0)
    return false;
  call->is_unknown = true;
  callee_take_out(callee);
  return call->left > 0;
}

void call_answer(struct session *session, lua_State *L, int message,
                 struct text command, const char *id) {
  char *end;
  uint64_t ticket = strtoull(id + 1, &end, 10);
  struct task *task = task_find_ticket(session->scripts, ticket);
  struct callee *callee =
      task ? find_callee(call_of(task), session->connection->id) : NULL;
  if (*end || id[1] < '1' || id[1] > '9' || !callee) {
    connection_log(LOG_DEBUG, session->connection,
                   "dropped an answer that no call waits for");
    return;
  }
  bool is_error = text_equals(command, text_of("error"));
  if (is_error) {
    push_code(L, message);
    if (leaves_it_to_others(L, call_of(task), callee)) return;
    lua_pushnil(task->thread);
  } else {
    lua_getfield(L, message, "body");
  }
  lua_xmove(L, task->thread, 1);
  task_wake(task, is_error ? 2 : 1);
}

/* --- clients that leave --- */

/* The word for the script when no client is left that could answer. */
static const char *word_for_left(const struct call *call) {
  return call->is_unknown ? "unknown" : "closed";
}

static void wake_left(struct task *task) {
  lua_pushnil(task->thread);
  lua_pushstring(task->thread, word_for_left(call_of(task)));
  task_wake(task, 2);
}

/* The callees of the list cannot answer any more. A task that has no callee
   left is woken. */
static void tell_all(struct list *list) {
  struct callee *callee;
  while ((callee = list_first(list, struct callee, link))) {
    struct task *task = callee->task;
    callee_take_out(callee);
    if (call_of(task)->left == 0) wake_left(task);
  }
}

void call_leave(struct session *session) {
  list_each(struct callee, callee, &session->callees, link) {
    list_remove(&callee->link);
    list_prepend(&session->scripts->tasks.left, &callee->link);
  }
}

void calls_left(struct scripts *scripts) {
  tell_all(&scripts->tasks.left);
}

void calls_end(struct scripts *scripts) {
  size_t cursor = 0;
  struct connection *each;
  while ((each = registry_next_connection(scripts->registry, &cursor))) {
    if (each->session) call_leave(each->session);
  }
  calls_left(scripts);
}

void call_moved(struct session *session) {
  struct timers *timers = session->scripts->timers;
  list_each(struct callee, callee, &session->callees, link) {
    struct task *task = callee->task;
    if (!call_of(task)->is_user || task->state != TASK_WAITING) continue;
    callee_take_out(callee);
    if (call_of(task)->left > 0) continue;
    task->word = word_for_left(call_of(task));
    timer_start(timers, &task->wake, 0); /* in the next turn: a script may be
                                            running */
  }
}

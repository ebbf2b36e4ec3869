#include "lua/session/call.h"

#include "lua/bind/objects.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/connection.h"
#include "model/log.h"
#include "model/registry.h"
#include "model/user.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 10000 /* milliseconds, unless the script says more */ };

static const char kept_name[] = "base.kept";

/* --- asking --- */

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

/* A place at `index` for a message that a raise then does not lose. */
static struct message **make_place(lua_State *L, int index) {
  struct message **kept = lua_newuserdatauv(L, sizeof *kept, 0);
  *kept = NULL;
  luaL_setmetatable(L, kept_name);
  lua_replace(L, index);
  return kept;
}

/* --- the lists --- */

static struct call *call_of(const struct task *task) {
  return task->waits_for;
}

static void callee_put(struct callee **list, struct callee *callee) {
  callee->next = *list;
  callee->from = list;
  if (callee->next) callee->next->from = &callee->next;
  *list = callee;
}

static void callee_take_out(struct callee *callee) {
  assert(callee->task);
  *callee->from = callee->next;
  if (callee->next) callee->next->from = callee->from;
  call_of(callee->task)->left--;
  callee->task = NULL;
}

static void on_leave(struct task *task) {
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
  callee_put(&session->callees, callee);
  call->left++;
}

/* Asks the connection, or with `is_user` all of its user's; false when nobody
   took it. Whatever raises does so before anybody is asked. */
static bool call_send_all(lua_State *L, struct task *task,
                          struct connection *first, bool is_user,
                          struct message *message) {
  if (!first) return false;
  size_t most = is_user ? first->user->connection_count : 1;
  struct call *call = calloc(1, sizeof *call + most * sizeof(struct callee));
  if (!call) luaL_error(L, "out of memory");
  call->is_user = is_user;
  task->waits_for = call;
  task->on_leave = on_leave;
  task_take_ticket(L, task);
  for (struct connection *each = first; each;
       each = is_user ? each->next_of_user : NULL)
    call_send(task, each, message);
  return call->left > 0;
}

static int call_start(lua_State *L, struct connection *first, bool is_user) {
  struct scripts *scripts = scripts_of(L);
  struct task *task = task_check_wait(L);
  struct message **message = make_place(L, 1);
  int next;
  *message = message_check_call(L, 2, &next, scripts->next_ticket + 1);
  lua_settop(L, next);
  uint64_t wait = lua_isnil(L, next) ? PATIENCE : check_seconds(L, next);
  if (scripts->is_draining || !call_send_all(L, task, first, is_user, *message))
    return push_closed(L);
  return task_wait(L, task, wait, "timeout");
}

int call_connection(lua_State *L, struct connection *connection) {
  return call_start(L, connection, false);
}

int call_user(lua_State *L, struct user *user) {
  return call_start(L, user ? user->connections : NULL, true);
}

/* --- being answered --- */

/* The one of that connection who may still answer, or NULL. */
static struct callee *find_callee(struct call *call, uint64_t id) {
  for (uint32_t i = 0; i < call->count; i++) {
    if (call->callees[i].task && call->callees[i].id == id)
      return &call->callees[i];
  }
  return NULL;
}

/* Pushes the code of the error that the message is. */
static void push_code(lua_State *L, int message) {
  if (lua_getfield(L, message, "body") == LUA_TTABLE) {
    lua_pushliteral(L, "code");
    lua_rawget(L, -2); /* a list has a metatable, in which a script may write */
  }
  if (lua_type(L, -1) != LUA_TSTRING) lua_pushliteral(L, "error");
}

/* The code at the top of L says that this client does not know the command,
   while another of the user's may. */
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
    log_about(LOG_DEBUG, session->connection, "an answer nobody waits for");
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

/* --- being left --- */

/* What the script hears when nobody is left who could answer. */
static const char *word_of(const struct call *call) {
  return call->is_unknown ? "unknown" : "closed";
}

static void wake_left(struct task *task) {
  lua_pushnil(task->thread);
  lua_pushstring(task->thread, word_of(call_of(task)));
  task_wake(task, 2);
}

/* Those of a list cannot hear any more; when nobody is left who could answer,
   the script goes on. */
static void tell_all(struct callee **list) {
  while (*list) {
    struct task *task = (*list)->task;
    callee_take_out(*list);
    if (call_of(task)->left == 0) wake_left(task);
  }
}

void call_leave(struct session *session) {
  while (session->callees) {
    struct callee *callee = session->callees;
    session->callees = callee->next;
    callee_put(&session->scripts->left, callee);
  }
}

void calls_left(struct scripts *scripts) {
  tell_all(&scripts->left);
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
  for (struct callee *callee = session->callees, *next; callee; callee = next) {
    struct task *task = callee->task;
    next = callee->next;
    if (!call_of(task)->is_user || task->state != TASK_WAITING) continue;
    callee_take_out(callee);
    if (call_of(task)->left > 0) continue;
    task->word = word_of(call_of(task));
    timer_start(timers, &task->wake, 0); /* a script may be running */
  }
}

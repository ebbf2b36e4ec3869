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

void questions_open(lua_State *L) {
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

static void put(struct asker **list, struct asker *asker) {
  asker->next = *list;
  asker->from = list;
  if (asker->next) asker->next->from = &asker->next;
  *list = asker;
}

static void take_out(struct asker *asker) {
  assert(asker->task);
  *asker->from = asker->next;
  if (asker->next) asker->next->from = asker->from;
  asker->task->asked->left--;
  asker->task = NULL;
}

void question_forget(struct task *task) {
  struct asked *asked = task->asked;
  if (!asked) return;
  for (uint32_t i = 0; i < asked->count; i++) {
    if (asked->askers[i].task) take_out(&asked->askers[i]);
  }
  free(asked);
  task->asked = NULL;
}

static void send(struct task *task, struct connection *connection,
                 struct message *message) {
  if (connection->is_leaving || !connection_send(connection, message)) return;
  struct session *session = connection->session;
  struct asked *asked = task->asked;
  struct asker *asker = &asked->askers[asked->count++];
  *asker = (struct asker){.task = task, .id = connection->id};
  put(&session->askers, asker);
  asked->left++;
}

/* Asks the connection, or with `is_user` all of its user's; false when nobody
   took it. Whatever raises does so before anybody is asked. */
static bool send_all(lua_State *L, struct task *task, struct connection *first,
                     bool is_user, struct message *message) {
  if (!first) return false;
  size_t most = is_user ? first->user->connection_count : 1;
  question_forget(task);
  task->asked = calloc(1, sizeof *task->asked + most * sizeof(struct asker));
  if (!task->asked) luaL_error(L, "out of memory");
  task->asked->is_user = is_user;
  task_take_ticket(L, task);
  for (struct connection *each = first; each;
       each = is_user ? each->next_of_user : NULL)
    send(task, each, message);
  return task->asked->left > 0;
}

static int ask(lua_State *L, struct connection *first, bool is_user) {
  struct scripts *scripts = scripts_of(L);
  struct task *task = task_check_wait(L);
  struct message **message = make_place(L, 1);
  int next;
  *message = message_check_question(L, 2, &next, scripts->next_ticket + 1);
  lua_settop(L, next);
  uint64_t wait = lua_isnil(L, next) ? PATIENCE : check_seconds(L, next);
  if (scripts->is_draining || !send_all(L, task, first, is_user, *message))
    return push_closed(L);
  return task_wait(L, task, wait, "timeout");
}

int question_ask_connection(lua_State *L, struct connection *connection) {
  return ask(L, connection, false);
}

int question_ask_user(lua_State *L, struct user *user) {
  return ask(L, user ? user->connections : NULL, true);
}

/* --- being answered --- */

/* The one of that connection who may still answer, or NULL. */
static struct asker *find_asker(struct asked *asked, uint64_t id) {
  for (uint32_t i = 0; i < asked->count; i++) {
    if (asked->askers[i].task && asked->askers[i].id == id)
      return &asked->askers[i];
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

/* The code at the top of L says that this client does not know the question,
   while another of the user's may. */
static bool leaves_it_to_others(lua_State *L, struct asked *asked,
                                struct asker *asker) {
  if (!asked->is_user || strcmp(lua_tostring(L, -1), "unknown") != 0)
    return false;
  asked->is_unknown = true;
  take_out(asker);
  return asked->left > 0;
}

void question_answer(struct session *session, lua_State *L, int message,
                     struct text command, const char *id) {
  char *end;
  uint64_t ticket = strtoull(id + 1, &end, 10);
  struct task *task = task_find_ticket(session->scripts, ticket);
  struct asker *asker =
      task ? find_asker(task->asked, session->connection->id) : NULL;
  if (*end || id[1] < '1' || id[1] > '9' || !asker) {
    log_about(LOG_DEBUG, session->connection, "an answer nobody waits for");
    return;
  }
  bool is_error = text_equals(command, text_of("error"));
  if (is_error) {
    push_code(L, message);
    if (leaves_it_to_others(L, task->asked, asker)) return;
    lua_pushnil(task->thread);
  } else {
    lua_getfield(L, message, "body");
  }
  lua_xmove(L, task->thread, 1);
  task_wake(task, is_error ? 2 : 1);
}

/* --- being left --- */

/* What the script hears when nobody is left who could answer. */
static const char *word_of(const struct asked *asked) {
  return asked->is_unknown ? "unknown" : "closed";
}

static void wake_left(struct task *task) {
  lua_pushnil(task->thread);
  lua_pushstring(task->thread, word_of(task->asked));
  task_wake(task, 2);
}

/* Those of a list cannot hear any more; when nobody is left who could answer,
   the script goes on. */
static void tell_all(struct asker **list) {
  while (*list) {
    struct task *task = (*list)->task;
    take_out(*list);
    if (task->asked->left == 0) wake_left(task);
  }
}

void question_leave(struct session *session) {
  while (session->askers) {
    struct asker *asker = session->askers;
    session->askers = asker->next;
    put(&session->scripts->left, asker);
  }
}

void questions_left(struct scripts *scripts) {
  tell_all(&scripts->left);
}

void questions_end(struct scripts *scripts) {
  size_t cursor = 0;
  struct connection *each;
  while ((each = registry_next_connection(scripts->registry, &cursor))) {
    if (each->session) question_leave(each->session);
  }
  questions_left(scripts);
}

void question_moved(struct session *session) {
  struct timers *timers = session->scripts->timers;
  for (struct asker *asker = session->askers, *next; asker; asker = next) {
    struct task *task = asker->task;
    next = asker->next;
    if (!task->asked->is_user || task->state != TASK_WAITING) continue;
    take_out(asker);
    if (task->asked->left > 0) continue;
    task->word = word_of(task->asked);
    timer_start(timers, &task->wake, 0); /* a script may be running */
  }
}

/*
** Requests that scripts make, for lua/base/http.lua, which has checked the
** arguments.
**
** Many tasks may wait for the answer of one pending request. It is a userdata,
** which is kept until it ends: when the answer has come, or when the last task
** stops waiting; then the request is cancelled.
*/
#include "io/http_client.h"
#include "lua/bind/bind.h"
#include "lua/vm/task.h"
#include "lua/vm/wait.h"

static const char class_name[] = "base.pending_request";

struct pending_request {
  struct scripts *scripts;
  uint64_t ticket;     /* of the request; 0: the request has ended */
  int reference;       /* to itself until it ends */
  struct list waiting; /* tasks, by `queue` */
};

static struct pending_request *check_pending(lua_State *L) {
  return luaL_checkudata(L, 1, class_name);
}

static void finish_pending(struct pending_request *pending) {
  pending->ticket = 0;
  luaL_unref(pending->scripts->L, LUA_REGISTRYINDEX, pending->reference);
  pending->reference = LUA_NOREF;
}

/* --- the tasks that wait --- */

static void on_waiter_leave(struct task *task) {
  struct pending_request *pending = task->waits_for;
  list_remove(&task->queue);
  task->waits_for = NULL;
  if (!list_is_empty(&pending->waiting) || pending->ticket == 0) return;
  http_client_cancel(pending->scripts->http_client, pending->ticket);
  finish_pending(pending);
}

/* --- the answer --- */

struct finished {
  struct pending_request *pending;
  const struct http_result *result;
};

static void push_view(lua_State *L, struct text text) {
  lua_pushlstring(L, text.size > 0 ? text.bytes : "", text.size);
}

/* Pushes what core.http_wait returns: nil and a word, or status, head, body. */
static int push_result(lua_State *L, const struct http_result *result) {
  if (result->word) {
    lua_pushnil(L);
    lua_pushstring(L, result->word);
    return 2;
  }
  lua_pushinteger(L, result->status);
  push_view(L, result->head);
  push_view(L, result->body);
  return 3;
}

/* A task that is woken may end others of the list, so the list is read anew
   each time. The request stays on the stack until all are awake. */
static int enter_finished(lua_State *L) {
  struct finished *finished = lua_touserdata(L, 1);
  struct pending_request *pending = finished->pending;
  lua_rawgeti(L, LUA_REGISTRYINDEX, pending->reference);
  finish_pending(pending);
  int count = push_result(L, finished->result);
  int first = lua_gettop(L) - count + 1;
  struct task *task;
  while ((task = list_first(&pending->waiting, struct task, queue))) {
    for (int i = 0; i < count; i++) {
      lua_pushvalue(L, first + i);
      lua_xmove(L, task->thread, 1);
    }
    task_wake(task, count);
  }
  return 0;
}

static void on_done(void *context, const struct http_result *result) {
  struct finished finished = {context, result};
  scripts_enter(finished.pending->scripts, enter_finished, &finished);
}

/* --- the request --- */

static const char *string_field(lua_State *L, const char *name) {
  lua_getfield(L, 1, name); /* the table keeps the string */
  const char *string = lua_tostring(L, -1);
  lua_pop(L, 1);
  return string;
}

static bool flag_field(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

static uint64_t number_field(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  lua_Integer number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return (uint64_t)number;
}

static struct text body_field(lua_State *L) {
  struct text body = {0};
  lua_getfield(L, 1, "body");
  body.bytes = lua_tolstring(L, -1, &body.size);
  lua_pop(L, 1);
  return body;
}

/* Leaves the array of views on the stack; the table keeps the strings. */
static const char *const *push_header_lines(lua_State *L) {
  lua_getfield(L, 1, "headers");
  size_t count = lua_rawlen(L, -1);
  const char **lines = lua_newuserdatauv(L, (count + 1) * sizeof *lines, 0);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, -2, (lua_Integer)i + 1);
    lines[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  lines[count] = NULL;
  return lines;
}

static struct pending_request *push_pending(lua_State *L) {
  struct pending_request *pending = lua_newuserdatauv(L, sizeof *pending, 0);
  *pending = (struct pending_request){.scripts = scripts_of(L),
                                      .reference = LUA_NOREF};
  luaL_setmetatable(L, class_name);
  return pending;
}

static int refuse_request(lua_State *L, struct pending_request *pending,
                          const char *word) {
  finish_pending(pending);
  lua_pushnil(L);
  lua_pushstring(L, word);
  return 2;
}

static enum http_party party_of(const struct task *task) {
  return task_is_strangers(task) ? HTTP_STRANGERS : HTTP_MEMBERS;
}

/* core.http_start(request) -> pending | nil, "busy" | nil, "url" */
static int f_start(lua_State *L) {
  const struct task *task = task_check_wait(L);
  struct scripts *scripts = task->scripts;
  const char *word;
  luaL_checktype(L, 1, LUA_TTABLE);
  struct http_request request = {
      .method = string_field(L, "method"),
      .url = string_field(L, "url"),
      .headers = push_header_lines(L),
      .body = body_field(L),
      .authorities = string_field(L, "ca"),
      .unix_path = string_field(L, "unix"),
      .trusts_anybody = flag_field(L, "trusts_anybody"),
      .connect_timeout = number_field(L, "connect_timeout"),
      .redirects = (uint32_t)number_field(L, "redirects"),
      .max_body = number_field(L, "max_body"),
      .party = party_of(task),
      .on_done = on_done};
  struct pending_request *pending = push_pending(L);
  request.context = pending;
  lua_pushvalue(L, -1);
  /* Lua may raise here, so this comes before the request is sent. */
  pending->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  pending->ticket = http_client_start(scripts->http_client, &request, &word);
  if (pending->ticket != 0) return 1;
  return refuse_request(L, pending, word);
}

/* core.http_wait(pending, seconds) -> status, head, body | nil, word */
static int f_wait(lua_State *L) {
  struct pending_request *pending = check_pending(L);
  uint64_t milliseconds = check_seconds(L, 2);
  struct task *task = task_check_wait(L);
  luaL_argcheck(L, pending->ticket != 0, 1, "the request has ended");
  if (party_of(task) == HTTP_MEMBERS)
    http_client_admit(pending->scripts->http_client, pending->ticket);
  list_prepend(&pending->waiting, &task->queue);
  task->waits_for = pending;
  task->on_leave = on_waiter_leave;
  return task_wait(L, task, milliseconds, "timeout");
}

/* core.http_is_pending(pending) -> boolean */
static int f_is_pending(lua_State *L) {
  lua_pushboolean(L, check_pending(L)->ticket != 0);
  return 1;
}

/* core.check_wait(): raises where a script may not wait */
static int f_check_wait(lua_State *L) {
  task_check_wait(L);
  return 0;
}

/* The VM is being closed: the request is cancelled, so that on_done is not
   called. */
static int m_gc(lua_State *L) {
  struct pending_request *pending = check_pending(L);
  if (pending->ticket != 0)
    http_client_cancel(pending->scripts->http_client, pending->ticket);
  pending->ticket = 0;
  return 0;
}

void pending_request_class_open(lua_State *L) {
  luaL_newmetatable(L, class_name);
  lua_pushcfunction(L, m_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  static const luaL_Reg functions[] = {{"http_start", f_start},
                                       {"http_wait", f_wait},
                                       {"http_is_pending", f_is_pending},
                                       {"check_wait", f_check_wait},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

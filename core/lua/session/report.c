#include "lua/session/report.h"

#include "lib/log.h"
#include "lua/object/objects.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/connection.h"
#include "model/exchange.h"
#include "model/head.h"

#include <string.h>

/* The innermost coroutine that was running or waits. */
static lua_State *innermost_thread(const struct task *task) {
  return task->nested_count > 0 ? task->nested[task->nested_count - 1]
                                : task->thread;
}

/* Copies the error; the original stays for __close when the thread is
   closed. */
static void move_copy(lua_State *thread, lua_State *L) {
  lua_pushvalue(thread, -1);
  lua_xmove(thread, L, 1);
}

/* Texts are cut: their beginning says what is wrong, and a client may have
   written the rest. */
enum { TEXT_MAX = 8 * 1024, PATH_SHOWN = 200 /* bytes */ };

/* Pushes the text of the error at the top. A __tostring that does not end gives
   none. */
static int push_error_text(lua_State *L) {
  size_t size;
  if (lua_type(L, 1) != LUA_TSTRING) {
    anchor_push(L, ANCHOR_TEXT);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
  }
  const char *text = luaL_checklstring(L, -1, &size);
  if (size > TEXT_MAX) lua_pushlstring(L, text, TEXT_MAX);
  return 1;
}

static void add_error_text(lua_State *L) {
  lua_pushcfunction(L, push_error_text);
  lua_pushvalue(L, -2);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK) return;
  run_forgive(L); /* the report goes on */
  lua_pop(L, 1);
  lua_pushliteral(L, "(an error whose __tostring fails)");
}

/* Whether the task ended by the error that task_turn_away raised. */
static bool is_turned_away(const struct task *task) {
  const char *text = lua_tostring(task->thread, -1);
  return task->is_turned_away && text &&
         (strstr(text, "limits.timers: ") ||
          strstr(text, "limits.coroutines: "));
}

/* Pushes the connection on whose behalf the task ran, and the message that it
   served; each may be nil. */
static void push_circumstances(lua_State *L, const struct task *task) {
  struct connection *connection =
      connection_find(task->scripts->registry, task->connection);
  if (connection && connection->session)
    connection_push(L, connection);
  else
    lua_pushnil(L);
  if (lua_rawgeti(L, LUA_REGISTRYINDEX, task->carried) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_pushnil(L);
}

static int enter_report(lua_State *L) {
  struct task *task = lua_touserdata(L, 1);
  bool timed_out = lua_toboolean(L, 2);
  anchor_push(L, ANCHOR_FAILED);
  if (timed_out)
    lua_pushliteral(L, "limits.action_time has passed");
  else
    move_copy(task->thread, L);
  add_error_text(L);
  if (lua_isstring(L, 3))
    lua_pushvalue(L, 3);
  else
    luaL_traceback(L, innermost_thread(task), lua_tostring(L, -1), 0);
  lua_replace(L, -2);
  run_forgive(L);
  run_again(task->scripts);
  memory_begin_report(&task->scripts->run.memory);
  push_circumstances(L, task);
  lua_pushstring(L, timed_out              ? "timeout"
                    : is_turned_away(task) ? "busy"
                                           : "failed");
  lua_pushboolean(L, task->is_last_resort);
  task_push_place(L, task);
  lua_call(L, 7, 0);
  return 0;
}

/* The report has the time of a run, and once more after the traceback: that of
   a deep stack takes long. */
static bool try_report(struct task *task, enum task_end end,
                       const struct buffer *story) {
  lua_State *L = task->scripts->L;
  struct running root;
  lua_pushcfunction(L, enter_report);
  lua_pushlightuserdata(L, task);
  lua_pushboolean(L, end == TASK_TIMED_OUT);
  if (story)
    lua_pushlstring(L, story->bytes, story->size);
  else
    lua_pushnil(L);
  run_begin(task->scripts, &root, L);
  memory_begin_report(&task->scripts->run.memory);
  int status = lua_pcall(L, 3, 0, 0);
  run_end(task->scripts);
  if (status == LUA_OK) return true;
  lua_sethook(L, NULL, 0, 0);
  log_event(LOG_ERROR, "an error could not be reported: %s",
            lua_isstring(L, -1) ? lua_tostring(L, -1) : "(it has no text)");
  lua_pop(L, 1);
  return false;
}

/* --- runs that were slow --- */

/* Pushes what ran; for a request that still exists with its method and path. */
static void push_name(lua_State *L, const struct task *task) {
  const struct exchange *exchange =
      exchange_find(task->scripts->registry, task->owner);
  if (!exchange) {
    lua_pushstring(L, task->what);
    return;
  }
  struct text method = head_method(exchange->head);
  struct text path = head_path(exchange->head);
  lua_pushfstring(L, "%s ", task->what);
  lua_pushlstring(L, method.bytes, method.size);
  lua_pushliteral(L, " ");
  lua_pushlstring(L, path.bytes,
                  path.size < PATH_SHOWN ? path.size : PATH_SHOWN);
  lua_concat(L, 4);
}

static int enter_slow(lua_State *L) {
  struct task *task = lua_touserdata(L, 1);
  anchor_push(L, ANCHOR_SLOW);
  lua_pushstring(L, task->what);
  push_name(L, task);
  task_push_place(L, task);
  lua_pushvalue(L, 2);
  push_circumstances(L, task);
  lua_call(L, 6, 0);
  return 0;
}

static void report_slow(struct task *task, uint64_t milliseconds) {
  lua_State *L = task->scripts->L;
  struct running root;
  lua_pushcfunction(L, enter_slow);
  lua_pushlightuserdata(L, task);
  lua_pushnumber(L, (lua_Number)milliseconds / 1000);
  run_begin(task->scripts, &root, L);
  memory_begin_report(&task->scripts->run.memory);
  int status = lua_pcall(L, 2, 0, 0);
  run_end(task->scripts);
  if (status == LUA_OK) return;
  lua_sethook(L, NULL, 0, 0);
  lua_pop(L, 1);
  log_event(LOG_WARN, "%s blocked the event loop for %llu ms (limits.slow_run)",
            task->what, (unsigned long long)milliseconds);
}

/* --- the end --- */

static void report_end(struct task *task, enum task_end end,
                       const struct buffer *story) {
  if (end != TASK_RAISED && end != TASK_TIMED_OUT) return;
  if (try_report(task, end, story)) return;
  lua_pushliteral(task->thread, "an error that could not be reported");
  if (try_report(task, end, NULL)) return; /* a client may wait for an answer */
  task_fail_connection(task);
}

const struct task_reports reports = {.end = report_end, .slow = report_slow};

#include "lua/vm/wait.h"

#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char wait_mark; /* its address is what a wait yields */

/* --- the end of a wait --- */

void wait_forget(struct task *task) {
  struct scripts *scripts = task->scripts;
  if (task->state == TASK_WAITING) scripts->tasks.waiting_count--;
  task->state = TASK_RUNNING;
  timer_stop(scripts->timers, &task->wake);
  if (task->ticket)
    map_remove(&scripts->tasks.tickets, map_hash_id(task->ticket), task);
  task->ticket = 0;
  if (task->on_leave) task->on_leave(task);
  task->on_leave = NULL;
  if (!task->nested) return;
  lua_State *L = scripts->L;
  anchor_push(L, ANCHOR_ASLEEP);
  for (int i = 0; i < task->nested_count; i++) {
    lua_pushthread(task->nested[i]);
    lua_xmove(task->nested[i], L, 1);
    lua_pushnil(L);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
  free(task->nested);
  task->nested = NULL;
  task->nested_count = 0;
}

/* --- the beginning of a wait --- */

struct task *task_check_wait(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  uint64_t most = scripts->config->limits.coroutines;
  if (scripts->is_loading) luaL_error(L, "a file cannot wait while it loads");
  /* It is not the innermost coroutine where a __close runs in a coroutine that
     is being closed. */
  if (!scripts->tasks.current ||
      L != scripts->tasks.chain[scripts->tasks.depth - 1])
    luaL_error(L, "a script cannot wait here");
  for (int i = 0; i < scripts->tasks.depth; i++) {
    if (!lua_isyieldable(scripts->tasks.chain[i]))
      luaL_error(L, "cannot wait inside a callback of a C function "
                    "(table.sort, string.gsub and the like)");
  }
  if (most > 0 && scripts->tasks.waiting_count >= most)
    task_turn_away(L, "limits.coroutines: no more coroutines can wait");
  wait_forget(
      scripts->tasks.current); /* a wait that began but could not yield */
  return scripts->tasks.current;
}

/* Remembers the script's own coroutines inside which the task waits: no script
   can resume them meanwhile, and Base can close them. */
static void keep_nested(lua_State *L, struct task *task) {
  struct scripts *scripts = task->scripts;
  size_t count = (size_t)(scripts->tasks.depth - 1);
  if (count == 0) return;
  task->nested = malloc(count * sizeof(lua_State *));
  if (!task->nested) luaL_error(L, "out of memory");
  memcpy(task->nested, scripts->tasks.chain + 1, count * sizeof(lua_State *));
  task->nested_count = (int)count;
  anchor_push(L, ANCHOR_ASLEEP);
  for (size_t i = 0; i < count; i++) {
    lua_pushthread(task->nested[i]);
    if (task->nested[i] != L) lua_xmove(task->nested[i], L, 1);
    lua_pushboolean(L, true);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
}

static void start_limit(struct task *task) {
  struct scripts *scripts = task->scripts;
  uint64_t limit = scripts->config->limits.action_time;
  if (!task->is_limited || limit == 0 || timer_is_running(&task->limit)) return;
  uint64_t lived = timers_now(scripts->timers) - task->started;
  timer_start(scripts->timers, &task->limit, lived < limit ? limit - lived : 0);
}

int task_wait(lua_State *L, struct task *task, uint64_t milliseconds,
              const char *word) {
  keep_nested(L, task);
  start_limit(task);
  timer_start(task->scripts->timers, &task->wake, milliseconds);
  task->word = word;
  task->state = TASK_WAITING;
  task->scripts->tasks.waiting_count++;
  lua_pushlightuserdata(L, (void *)&wait_mark);
  return lua_yield(L, 1);
}

bool task_is_wait(lua_State *thread, int yielded) {
  if (yielded != 1 || lua_touserdata(thread, -1) != (void *)&wait_mark)
    return false;
  lua_pop(thread, 1);
  return true;
}

int task_pass_wait(lua_State *L, lua_KContext context,
                   lua_KFunction continuation) {
  lua_pushlightuserdata(L, (void *)&wait_mark);
  return lua_yieldk(L, 1, context, continuation);
}

void task_wake(struct task *task, int count) {
  assert(task->state == TASK_WAITING);
  wait_forget(task);
  task_resume(task, count);
}

static int enter_wake(lua_State *L) {
  struct task *task = lua_touserdata(L, 1);
  if (!task->word) {
    task_wake(task, 0);
    return 0;
  }
  lua_pushnil(task->thread);
  lua_pushstring(task->thread, task->word);
  task_wake(task, 2);
  return 0;
}

static void on_wake(struct timer *timer) {
  struct task *task = owner_of(timer, struct task, wake);
  scripts_enter(task->scripts, enter_wake, task);
}

uint64_t task_take_ticket(lua_State *L, struct task *task) {
  struct scripts *scripts = task->scripts;
  uint64_t ticket = ++scripts->tasks.next_ticket;
  if (!map_add(&scripts->tasks.tickets, map_hash_id(ticket), task))
    luaL_error(L, "out of memory");
  task->ticket = ticket;
  return ticket;
}

struct task *task_find_ticket(struct scripts *scripts, uint64_t ticket) {
  return map_find(&scripts->tasks.tickets, map_hash_id(ticket), NULL);
}

void wait_prepare(struct task *task) {
  task->wake.on_due = on_wake;
}

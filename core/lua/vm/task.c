#include "lua/vm/task.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "lua/vm/vm.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/registry.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_MAX = 256 };

static const char wait_mark; /* its address is what a wait yields */

static void on_wake(struct timer *timer);
static void on_limit(struct timer *timer);

/* --- the pool --- */

static struct task *allocate(struct scripts *scripts) {
  lua_State *L = scripts->L;
  struct task *task = calloc(1, sizeof *task);
  if (!task) luaL_error(L, "out of memory");
  task->scripts = scripts;
  task->wake.on_due = on_wake;
  task->limit.on_due = on_limit;
  task->reference = task->carried = task->noted = LUA_NOREF;
  task->next_idle = scripts->idle; /* in the stock already, should Lua raise */
  scripts->idle = task;
  scripts->idle_count++;
  return task;
}

static void make_thread(struct task *task) {
  lua_State *L = task->scripts->L;
  lua_State *thread = lua_newthread(L);
  luaL_unref(L, LUA_REGISTRYINDEX, task->reference); /* of a try that raised */
  anchor_push(L, ANCHOR_ASLEEP); /* for ever: only Base resumes it */
  lua_pushvalue(L, -2);
  lua_pushboolean(L, true);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  task->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pushboolean(L, false);
  task->carried = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pushboolean(L, false);
  task->noted = luaL_ref(L, LUA_REGISTRYINDEX);
  task->thread = thread;
}

struct task *task_new(struct scripts *scripts, struct connection *connection,
                      void (*on_end)(struct task *, enum task_end)) {
  struct task *task = scripts->idle ? scripts->idle : allocate(scripts);
  if (!task->thread) make_thread(task);
  lua_settop(task->thread, 0);
  task->state = TASK_READY;
  task->what = "Base";
  task->has_noted = false;
  task->connection = connection ? connection->id : 0;
  task->on_end = on_end;
  task->is_limited = true;
  task->is_strangers = connection && !connection->user;
  task->is_last_resort = task->is_turned_away = false;
  task->may_answer_later = false;
  task->owner = 0;
  task->owner_data = NULL;
  return task;
}

bool task_is_strangers(const struct task *task) {
  const struct connection *connection =
      connection_find(task->scripts->registry, task->connection);
  return task->is_strangers && !(connection && connection->user);
}

/* Only now is it taken off the stock: what raised before has lost nothing. */
static void take(struct task *task) {
  struct scripts *scripts = task->scripts;
  assert(scripts->idle == task);
  scripts->idle = task->next_idle;
  scripts->idle_count--;
  list_prepend(&scripts->live, &task->live);
  scripts->live_count++;
}

/* A thread that ended in an error is dropped: a new one is cheaper than the
   proof that the old one is as good as new. */
static void drop_thread(struct task *task) {
  if (!task->thread) return;
  luaL_unref(task->scripts->L, LUA_REGISTRYINDEX, task->reference);
  luaL_unref(task->scripts->L, LUA_REGISTRYINDEX, task->carried);
  luaL_unref(task->scripts->L, LUA_REGISTRYINDEX, task->noted);
  task->thread = NULL;
  task->reference = task->carried = task->noted = LUA_NOREF;
  task->has_noted = false;
}

/* What idles keeps no project from being collected. */
static void forget_noted(struct task *task) {
  if (!task->has_noted) return;
  lua_pushboolean(task->scripts->L, false);
  lua_rawseti(task->scripts->L, LUA_REGISTRYINDEX, task->noted);
  task->has_noted = false;
}

static void recycle(struct task *task) {
  struct scripts *scripts = task->scripts;
  forget_noted(task);
  list_remove(&task->live);
  scripts->live_count--;
  task->ticket = 0;
  charge_end(&task->charge);
  if (task->thread) lua_settop(task->thread, 0);
  if (scripts->idle_count >= IDLE_MAX) {
    drop_thread(task);
    free(task);
    return;
  }
  task->next_idle = scripts->idle;
  scripts->idle = task;
  scripts->idle_count++;
}

/* --- what it is --- */

void task_note(lua_State *L, struct task *task) {
  task->has_noted = true;
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, task->noted);
}

void task_push_place(lua_State *L, const struct task *task) {
  lua_Debug function = {0};
  bool is_function =
      task->has_noted &&
      lua_rawgeti(L, LUA_REGISTRYINDEX, task->noted) == LUA_TFUNCTION;
  if (is_function) lua_getinfo(L, ">S", &function);
  if (is_function && function.linedefined > 0)
    lua_pushfstring(L, "%s:%d", function.short_src, function.linedefined);
  else
    lua_pushnil(L);
}

/* --- running --- */

static void forget_wait(struct task *task) {
  struct scripts *scripts = task->scripts;
  if (task->state == TASK_WAITING) scripts->waiting_count--;
  task->state = TASK_RUNNING;
  timer_stop(scripts->timers, &task->wake);
  if (task->ticket)
    map_remove(&scripts->tickets, map_hash_id(task->ticket), task);
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

/* From here on tasks_recover does the rest, should anything raise. */
static void begin_to_end(struct task *task) {
  task->scripts->ending = task;
}

static void conclude(struct task *task, enum task_end how) {
  void (*on_end)(struct task *, enum task_end) = task->on_end;
  task->on_end = NULL; /* once, even if it raises */
  if (on_end) on_end(task, how);
  task->scripts->ending = NULL;
  if (how != TASK_DONE) drop_thread(task);
  recycle(task);
}

static void end(struct task *task, enum task_end how) {
  begin_to_end(task);
  forget_wait(task); /* one that was begun and could not yield */
  timer_stop(task->scripts->timers, &task->limit);
  if (how != TASK_DONE) {
    task->scripts->reports->end(task, how, NULL);
    run_finish_threads(task->scripts, &task->thread, 1);
  }
  conclude(task, how);
}

void task_fail_connection(const struct task *task) {
  struct connection *connection =
      connection_find(task->scripts->registry, task->connection);
  if (connection) connection_close(connection, CLOSE_FAILED, "out of memory");
}

/* Its thread was left in the middle, and is dropped. */
static void abandon(struct task *task) {
  begin_to_end(task);
  task_fail_connection(task);
  forget_wait(task);
  timer_stop(task->scripts->timers, &task->limit);
  conclude(task, TASK_RAISED);
}

bool tasks_recover(struct scripts *scripts) {
  scripts->depth = 0;
  if (scripts->run.innermost) run_end(scripts);
  if (scripts->ending) abandon(scripts->ending);
  struct task *running = scripts->current;
  scripts->current = NULL;
  if (running) abandon(running);
  return !list_is_empty(&scripts->ready);
}

/* The run was ended where it was, and its coroutine is closed. */
static void end_abandoned(struct task *task, enum run_cause cause) {
  struct scripts *scripts = task->scripts;
  enum task_end how = cause == RUN_EXIT ? TASK_STOPPED : TASK_RAISED;
  begin_to_end(task);
  forget_wait(task);
  timer_stop(scripts->timers, &task->limit);
  if (how == TASK_RAISED) {
    scripts->registry->counters.ended[cause - RUN_TIME]++;
    run_push_why(scripts->L);
    lua_xmove(scripts->L, task->thread, 1);
    task->scripts->reports->end(task, how, &scripts->run.story);
  }
  conclude(task, how);
}

/* What a limit has ended is told of already. */
static void look_at_time(struct task *task, uint64_t began) {
  uint64_t limit = task->scripts->config->limits.slow_run;
  uint64_t held = clock_coarse() - began;
  if (limit > 0 && held > limit && task->scripts->run.cause == RUN_GOES_ON)
    task->scripts->reports->slow(task, held);
}

static void run(struct task *task, int argument_count) {
  struct scripts *scripts = task->scripts;
  uint64_t began = clock_coarse();
  struct running root;
  int result_count = 0;
  task->state = TASK_RUNNING;
  scripts->current = task;
  scripts->chain[0] = task->thread;
  scripts->depth = 1;
  run_begin(scripts, &root, task->thread);
  int status =
      lua_resume(task->thread, scripts->L, argument_count, &result_count);
  scripts->current = NULL;
  scripts->depth = 0;
  enum run_cause cause = run_close_root(scripts, task->thread, status);
  run_end(scripts);
  look_at_time(task, began);
  if (cause != RUN_GOES_ON) {
    end_abandoned(task, cause);
  } else if (status != LUA_YIELD) {
    end(task, status == LUA_OK ? TASK_DONE : TASK_RAISED);
  } else if (!task_is_wait(task->thread, result_count)) {
    /* Only a C library could yield here: ours stops scripts that try. */
    lua_pushliteral(task->thread, "attempt to yield outside a coroutine");
    end(task, TASK_RAISED);
  }
}

void task_ready(struct task *task, int argument_count) {
  struct scripts *scripts = task->scripts;
  take(task);
  task->argument_count = argument_count;
  task->started = timers_last_look(scripts->timers);
  task->began = ++scripts->moment;
  task->began_for = task->connection;
  list_append(&scripts->ready, &task->queue);
}

/* Each of them is short, but what they cause may go on and on: others are to
   be served in between. */
enum { RUNS_AT_ONCE = 10000 };

void tasks_drain(struct scripts *scripts) {
  struct task *task;
  for (int i = 0; (task = list_first(&scripts->ready, struct task, queue));
       i++) {
    if (i == RUNS_AT_ONCE) {
      timer_start(scripts->timers, &scripts->rest, 0);
      return;
    }
    list_remove(&task->queue);
    run(task, task->argument_count);
  }
}

/* --- waiting --- */

int task_turn_away(lua_State *L, const char *why) {
  struct task *task = scripts_of(L)->current;
  if (task) task->is_turned_away = true;
  return luaL_error(L, "%s", why);
}

struct task *task_check_wait(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  uint64_t most = scripts->config->limits.coroutines;
  if (scripts->is_loading) luaL_error(L, "a file may not wait while it loads");
  /* Not the innermost: __close runs in a coroutine that is being closed. */
  if (!scripts->current || L != scripts->chain[scripts->depth - 1])
    luaL_error(L, "nothing may wait here");
  for (int i = 0; i < scripts->depth; i++) {
    if (!lua_isyieldable(scripts->chain[i]))
      luaL_error(L, "cannot wait inside a callback of a C function "
                    "(table.sort, string.gsub and the like)");
  }
  if (most > 0 && scripts->waiting_count >= most)
    task_turn_away(L, "limits.coroutines: so many wait already");
  forget_wait(scripts->current); /* one that was begun and could not yield */
  return scripts->current;
}

/* Inside coroutines of the script's own: remembers them, so that nobody else
   resumes them meanwhile, and so that they can be closed. */
static void keep_nested(lua_State *L, struct task *task) {
  struct scripts *scripts = task->scripts;
  size_t count = (size_t)(scripts->depth - 1);
  if (count == 0) return;
  task->nested = malloc(count * sizeof(lua_State *));
  if (!task->nested) luaL_error(L, "out of memory");
  memcpy(task->nested, scripts->chain + 1, count * sizeof(lua_State *));
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
  task->scripts->waiting_count++;
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
  forget_wait(task);
  run(task, count);
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
  uint64_t ticket = ++scripts->next_ticket;
  if (!map_add(&scripts->tickets, map_hash_id(ticket), task))
    luaL_error(L, "out of memory");
  task->ticket = ticket;
  return ticket;
}

struct task *task_find_ticket(struct scripts *scripts, uint64_t ticket) {
  return map_find(&scripts->tickets, map_hash_id(ticket), NULL);
}

/* --- ending --- */

void task_stop(struct task *task, enum task_end how) {
  assert(task->state == TASK_WAITING);
  begin_to_end(task);
  /* First the report: its traceback is of the stack that waits. */
  task->scripts->reports->end(task, how, NULL);
  lua_State *threads[API_CHAIN_MAX];
  int count = 0;
  for (int i = task->nested_count; i-- > 0;)
    threads[count++] = task->nested[i];
  threads[count++] = task->thread;
  forget_wait(task);
  timer_stop(task->scripts->timers, &task->limit);
  run_finish_threads(task->scripts, threads, count);
  conclude(task, how);
}

static int enter_limit(lua_State *L) {
  struct task *task = lua_touserdata(L, 1);
  task_stop(task, TASK_TIMED_OUT);
  return 0;
}

static void on_limit(struct timer *timer) {
  struct task *task = owner_of(timer, struct task, limit);
  scripts_enter(task->scripts, enter_limit, task);
}

static int enter_stop(lua_State *L) {
  struct task *task = lua_touserdata(L, 1);
  task_stop(task, TASK_STOPPED);
  return 0;
}

void tasks_close(struct scripts *scripts) {
  list_each(struct task, task, &scripts->ready, queue) {
    list_remove(&task->queue);
    if (task->on_end) task->on_end(task, TASK_STOPPED);
    drop_thread(task);
    recycle(task);
  }
  list_each(struct task, task, &scripts->live, live) {
    if (task->state == TASK_WAITING) scripts_enter(scripts, enter_stop, task);
  }
  while (scripts->idle) {
    struct task *task = scripts->idle;
    scripts->idle = task->next_idle;
    drop_thread(task);
    free(task);
  }
  scripts->idle_count = 0;
  map_close(&scripts->tickets);
}

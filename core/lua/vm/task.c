#include "lua/vm/task.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "lua/vm/vm.h"
#include "lua/vm/wait.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/registry.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_MAX = 256 };

static void on_task_time(struct timer *timer);

/* --- the pool --- */

static struct task *allocate_task(struct scripts *scripts) {
  lua_State *L = scripts->L;
  struct task *task = calloc(1, sizeof *task);
  if (!task) luaL_error(L, "out of memory");
  task->scripts = scripts;
  wait_prepare(task);
  task->limit.on_due = on_task_time;
  task->reference = task->carried = task->noted = LUA_NOREF;
  task->next_idle =
      scripts->tasks.idle; /* it is in the stock already if Lua raises */
  scripts->tasks.idle = task;
  scripts->tasks.idle_count++;
  return task;
}

static void make_thread(struct task *task) {
  lua_State *L = task->scripts->L;
  lua_State *thread = lua_newthread(L);
  luaL_unref(L, LUA_REGISTRYINDEX, task->reference); /* from an earlier attempt
                                                        that raised */
  anchor_push(L, ANCHOR_ASLEEP); /* it stays there: only Base resumes it */
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
  struct task *task =
      scripts->tasks.idle ? scripts->tasks.idle : allocate_task(scripts);
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

/* Takes the task off the stock. Until then an error loses nothing. */
static void take_from_stock(struct task *task) {
  struct scripts *scripts = task->scripts;
  assert(scripts->tasks.idle == task);
  scripts->tasks.idle = task->next_idle;
  scripts->tasks.idle_count--;
  list_prepend(&scripts->tasks.live, &task->live);
  scripts->tasks.live_count++;
}

/* Drops a thread that ended in an error: a new one is cheaper than making sure
   that the old one is clean. */
static void drop_thread(struct task *task) {
  if (!task->thread) return;
  luaL_unref(task->scripts->L, LUA_REGISTRYINDEX, task->reference);
  luaL_unref(task->scripts->L, LUA_REGISTRYINDEX, task->carried);
  luaL_unref(task->scripts->L, LUA_REGISTRYINDEX, task->noted);
  task->thread = NULL;
  task->reference = task->carried = task->noted = LUA_NOREF;
  task->has_noted = false;
}

/* An idle task must not keep a project from being collected. */
static void forget_noted(struct task *task) {
  if (!task->has_noted) return;
  lua_pushboolean(task->scripts->L, false);
  lua_rawseti(task->scripts->L, LUA_REGISTRYINDEX, task->noted);
  task->has_noted = false;
}

static void recycle_task(struct task *task) {
  struct scripts *scripts = task->scripts;
  forget_noted(task);
  list_remove(&task->live);
  scripts->tasks.live_count--;
  task->ticket = 0;
  charge_end(&task->charge);
  if (task->thread) lua_settop(task->thread, 0);
  if (scripts->tasks.idle_count >= IDLE_MAX) {
    drop_thread(task);
    free(task);
    return;
  }
  task->next_idle = scripts->tasks.idle;
  scripts->tasks.idle = task;
  scripts->tasks.idle_count++;
}

/* --- the script's function --- */

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

/* If anything raises from here on, tasks_recover finishes the end of the
   task. */
static void begin_to_end(struct task *task) {
  task->scripts->tasks.ending = task;
}

static void conclude_task(struct task *task, enum task_end how) {
  void (*on_end)(struct task *, enum task_end) = task->on_end;
  task->on_end = NULL; /* called once, even if it raises */
  if (on_end) on_end(task, how);
  task->scripts->tasks.ending = NULL;
  if (how != TASK_DONE) drop_thread(task);
  recycle_task(task);
}

static void end_task(struct task *task, enum task_end how) {
  begin_to_end(task);
  wait_forget(task); /* a wait that began but could not yield */
  timer_stop(task->scripts->timers, &task->limit);
  if (how != TASK_DONE) {
    task->scripts->reports->end(task, how, NULL);
    run_finish_threads(task->scripts, &task->thread, 1);
  }
  conclude_task(task, how);
}

void task_fail_connection(const struct task *task) {
  struct connection *connection =
      connection_find(task->scripts->registry, task->connection);
  if (connection) connection_close(connection, CLOSE_FAILED, "out of memory");
}

/* Ends a task whose thread was left in the middle of a run; the thread is
   dropped. */
static void abandon_task(struct task *task) {
  begin_to_end(task);
  task_fail_connection(task);
  wait_forget(task);
  timer_stop(task->scripts->timers, &task->limit);
  conclude_task(task, TASK_RAISED);
}

bool tasks_recover(struct scripts *scripts) {
  scripts->tasks.depth = 0;
  if (scripts->run.innermost) run_end(scripts);
  if (scripts->tasks.ending) abandon_task(scripts->tasks.ending);
  struct task *running = scripts->tasks.current;
  scripts->tasks.current = NULL;
  if (running) abandon_task(running);
  return !list_is_empty(&scripts->tasks.ready);
}

/* Ends a task whose run was ended by a limit or os.exit; its coroutine is
   closed already. */
static void end_abandoned(struct task *task, enum run_cause cause) {
  struct scripts *scripts = task->scripts;
  enum task_end how = cause == RUN_EXIT ? TASK_STOPPED : TASK_RAISED;
  begin_to_end(task);
  wait_forget(task);
  timer_stop(scripts->timers, &task->limit);
  if (how == TASK_RAISED) {
    scripts->registry->counters.ended[cause - RUN_TIME]++;
    run_push_why(scripts->L);
    lua_xmove(scripts->L, task->thread, 1);
    task->scripts->reports->end(task, how, &scripts->run.story);
  }
  conclude_task(task, how);
}

/* A run that a limit has ended was reported already. */
static void look_at_time(struct task *task, uint64_t began) {
  uint64_t limit = task->scripts->config->limits.slow_run;
  uint64_t held = clock_coarse() - began;
  if (limit > 0 && held > limit && task->scripts->run.cause == RUN_GOES_ON)
    task->scripts->reports->slow(task, held);
}

void task_resume(struct task *task, int argument_count) {
  struct scripts *scripts = task->scripts;
  uint64_t began = clock_coarse();
  struct running root;
  int result_count = 0;
  task->state = TASK_RUNNING;
  scripts->tasks.current = task;
  scripts->tasks.chain[0] = task->thread;
  scripts->tasks.depth = 1;
  run_begin(scripts, &root, task->thread);
  int status =
      lua_resume(task->thread, scripts->L, argument_count, &result_count);
  scripts->tasks.current = NULL;
  scripts->tasks.depth = 0;
  enum run_cause cause = run_close_root(scripts, task->thread, status);
  run_end(scripts);
  look_at_time(task, began);
  if (cause != RUN_GOES_ON) {
    end_abandoned(task, cause);
  } else if (status != LUA_YIELD) {
    end_task(task, status == LUA_OK ? TASK_DONE : TASK_RAISED);
  } else if (!task_is_wait(task->thread, result_count)) {
    /* Only a C library can yield here: our coroutine.yield refuses it. */
    lua_pushliteral(task->thread, "attempt to yield outside a coroutine");
    end_task(task, TASK_RAISED);
  }
}

void task_ready(struct task *task, int argument_count) {
  struct scripts *scripts = task->scripts;
  take_from_stock(task);
  task->argument_count = argument_count;
  task->started = timers_last_look(scripts->timers);
  task->began = ++scripts->tasks.moment;
  task->began_for = task->connection;
  list_append(&scripts->tasks.ready, &task->queue);
}

/* Each run is short, but runs may cause more runs without end. After so many
   the loop serves others first. */
enum { RUNS_AT_ONCE = 10000 };

void tasks_drain(struct scripts *scripts) {
  struct list *ready = &scripts->tasks.ready;
  struct task *task;
  for (int i = 0; i < RUNS_AT_ONCE; i++) {
    if (!(task = list_take_first(ready, struct task, queue))) return;
    task_resume(task, task->argument_count);
  }
  if (!list_is_empty(ready))
    timer_start(scripts->timers, &scripts->tasks.rest, 0);
}

int task_turn_away(lua_State *L, const char *why) {
  struct task *task = scripts_of(L)->tasks.current;
  if (task) task->is_turned_away = true;
  return luaL_error(L, "%s", why);
}

/* --- ending --- */

void task_stop(struct task *task, enum task_end how) {
  assert(task->state == TASK_WAITING);
  begin_to_end(task);
  /* The report comes first: its traceback needs the waiting stack. */
  task->scripts->reports->end(task, how, NULL);
  lua_State *threads[CHAIN_MAX];
  int count = 0;
  for (int i = task->nested_count; i-- > 0;)
    threads[count++] = task->nested[i];
  threads[count++] = task->thread;
  wait_forget(task);
  timer_stop(task->scripts->timers, &task->limit);
  run_finish_threads(task->scripts, threads, count);
  conclude_task(task, how);
}

static int enter_limit(lua_State *L) {
  struct task *task = lua_touserdata(L, 1);
  task_stop(task, TASK_TIMED_OUT);
  return 0;
}

static void on_task_time(struct timer *timer) {
  struct task *task = owner_of(timer, struct task, limit);
  scripts_enter(task->scripts, enter_limit, task);
}

static int enter_stop(lua_State *L) {
  struct task *task = lua_touserdata(L, 1);
  task_stop(task, TASK_STOPPED);
  return 0;
}

void tasks_close(struct scripts *scripts) {
  struct task *task;
  /* The end of one may make another ready. */
  while ((task = list_take_first(&scripts->tasks.ready, struct task, queue))) {
    if (task->on_end) task->on_end(task, TASK_STOPPED);
    drop_thread(task);
    recycle_task(task);
  }
  list_each(struct task, waiting, &scripts->tasks.live, live) {
    if (waiting->state == TASK_WAITING)
      scripts_enter(scripts, enter_stop, waiting);
  }
  while (scripts->tasks.idle) {
    task = scripts->tasks.idle;
    scripts->tasks.idle = task->next_idle;
    drop_thread(task);
    free(task);
  }
  scripts->tasks.idle_count = 0;
  map_close(&scripts->tasks.tickets);
}

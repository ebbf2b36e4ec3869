/*
** base.sleep, base.spawn, base.after, base.every. A timer is a userdata that is
** anchored while it runs. A timer that is made while files load starts when the
** load has succeeded and belongs to that load: the next load ends it.
*/
#include "lib/clock.h"
#include "lua/bind/bind.h"
#include "lua/vm/task.h"
#include "lua/vm/wait.h"
#include "model/config.h"

#include <stddef.h>

enum { FUNCTION = 1, ARGUMENTS = 2 };

enum { RETRY = 1000 /* milliseconds */ };

static const char class_name[] = "base.timer";

struct script_timer {
  struct scripts *scripts;
  struct timer timer;
  uint64_t period; /* of base.every, or 0 */
  uint64_t delay;
  uint64_t began; /* `began` of the task that made it, or 0 */
  uint64_t began_for;
  int reference;     /* to itself while it runs, or LUA_NOREF */
  struct task *task; /* its run, or NULL */
  bool is_cancelled;
  bool is_counted;   /* limits.timers counts it: a script has made it */
  bool is_strangers; /* task_is_strangers of the task that made it */
};

static void on_timer_due(struct timer *timer);

static void release_timer(lua_State *L, struct script_timer *timer) {
  timer_stop(timer->scripts->timers, &timer->timer);
  luaL_unref(L, LUA_REGISTRYINDEX, timer->reference);
  if (timer->reference != LUA_NOREF && timer->is_counted)
    timer->scripts->timer_count--;
  timer->reference = LUA_NOREF;
}

/* --- a run --- */

static void on_run_end(struct task *task, enum task_end end) {
  (void)end;
  struct script_timer *timer = task->owner_data;
  timer->task = NULL;
  if (timer->is_cancelled || timer->period == 0 ||
      timer->scripts->end.is_stopped) {
    release_timer(task->scripts->L, timer);
    return;
  }
  /* The next multiple of the period that has not passed. */
  uint64_t lived = timers_now(timer->scripts->timers) - task->started;
  timer_start(timer->scripts->timers, &timer->timer,
              timer->period - lived % timer->period);
}

static int push_arguments(lua_State *L, int timer, lua_State *thread) {
  int count = 0;
  if (lua_getiuservalue(L, timer, ARGUMENTS) == LUA_TTABLE) {
    lua_getfield(L, -1, "n");
    count = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    luaL_checkstack(thread, count + 1, "too many arguments");
    for (int i = 1; i <= count; i++) {
      lua_rawgeti(L, -1, i);
      lua_xmove(L, thread, 1);
    }
  }
  lua_pop(L, 1);
  return count;
}

static int enter_due(lua_State *L) {
  struct script_timer *timer = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, timer->reference);
  struct task *task = task_new(timer->scripts, NULL, on_run_end);
  task->is_limited = false;
  task->is_strangers = timer->is_strangers;
  task->owner_data = timer;
  task->what = "timer";
  lua_getiuservalue(L, 2, FUNCTION);
  task_note(L, task);
  lua_xmove(L, task->thread, 1);
  int count = push_arguments(L, 2, task->thread);
  timer->task = task;
  task_ready(task, count);
  task->began_for = timer->began_for;
  /* Each run of base.every counts as a new beginning. */
  if (timer->began && timer->period == 0) task->began = timer->began;
  return 0;
}

/* If memory runs out, the timer tries again later. */
static void on_timer_due(struct timer *timer) {
  struct script_timer *owner = owner_of(timer, struct script_timer, timer);
  if (!scripts_enter(owner->scripts, enter_due, owner))
    timer_start(owner->scripts->timers, timer, RETRY);
}

/* --- starting --- */

static void start_timer(struct script_timer *timer) {
  timer_start(timer->scripts->timers, &timer->timer, timer->delay);
}

static bool runs_for_strangers(const struct scripts *scripts) {
  return scripts->tasks.current && task_is_strangers(scripts->tasks.current);
}

/* Makes a timer of the function at `function` and pushes it. */
static struct script_timer *make_timer(lua_State *L, int function,
                                       uint64_t delay, uint64_t period) {
  struct scripts *scripts = scripts_of(L);
  luaL_checktype(L, function, LUA_TFUNCTION);
  struct script_timer *timer = lua_newuserdatauv(L, sizeof *timer, 2);
  const struct task *task = scripts->tasks.current;
  *timer = (struct script_timer){.scripts = scripts,
                                 .timer = {.on_due = on_timer_due},
                                 .delay = delay,
                                 .period = period,
                                 .began = task ? task->began : 0,
                                 .began_for = task ? task->began_for : 0,
                                 .reference = LUA_NOREF,
                                 .is_strangers = runs_for_strangers(scripts)};
  luaL_setmetatable(L, class_name);
  lua_pushvalue(L, function);
  lua_setiuservalue(L, -2, FUNCTION);
  lua_pushvalue(L, -1);
  timer->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  return timer;
}

/* The same for a script's timer, which limits.timers counts. */
static struct script_timer *make_counted_timer(lua_State *L, int function,
                                               uint64_t delay,
                                               uint64_t period) {
  struct scripts *scripts = scripts_of(L);
  uint64_t most = scripts->config->limits.timers;
  if (most > 0 && scripts->timer_count >= most)
    task_turn_away(L, "limits.timers: no more timers can be started");
  struct script_timer *timer = make_timer(L, function, delay, period);
  timer->is_counted = true;
  scripts->timer_count++;
  if (scripts->tasks.current) scripts->tasks.current->may_answer_later = true;
  return timer;
}

/* Starts the timer at the top, or keeps it until the load has succeeded. A
   module that a running script requires later belongs to a load that has
   succeeded already. */
static void start_or_keep(lua_State *L, struct script_timer *timer) {
  bool is_running = timer->scripts->tasks.current != NULL;
  bool is_loading = timer->scripts->is_loading;
  if (is_running || !is_loading) start_timer(timer);
  if (!is_loading) return;
  anchor_push(L, is_running ? ANCHOR_OWNED : ANCHOR_PENDING);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

/* As check_seconds, but 0 is allowed: the next turn of the loop. */
static uint64_t check_delay(lua_State *L, int index) {
  lua_Number seconds = luaL_checknumber(L, index);
  luaL_argcheck(L, seconds >= 0 && seconds < 1e9, index,
                "seconds must be at least 0 and less than a billion");
  return to_milliseconds(seconds);
}

/* base.after(seconds, function) -> timer */
static int f_after(lua_State *L) {
  uint64_t delay = check_delay(L, 1);
  start_or_keep(L, make_counted_timer(L, 2, delay, 0));
  return 1;
}

/* core.later(seconds, function): base.after for Base itself; a load does not
   end it */
static int f_later(lua_State *L) {
  uint64_t delay = check_seconds(L, 1);
  start_timer(make_timer(L, 2, delay, 0));
  return 0;
}

/* base.every(seconds, function) -> timer */
static int f_every(lua_State *L) {
  uint64_t period = check_seconds(L, 1);
  start_or_keep(L, make_counted_timer(L, 2, period, period));
  return 1;
}

/* base.spawn(function, ...) */
static int f_spawn(lua_State *L) {
  int count = lua_gettop(L) - 1;
  struct script_timer *timer = make_counted_timer(L, 1, 0, 0);
  if (count > 0) {
    lua_createtable(L, count, 1);
    for (int i = 1; i <= count; i++) {
      lua_pushvalue(L, i + 1);
      lua_rawseti(L, -2, i);
    }
    lua_pushinteger(L, count);
    lua_setfield(L, -2, "n");
    lua_setiuservalue(L, -2, ARGUMENTS);
  }
  start_or_keep(L, timer);
  return 0;
}

/* base.sleep(seconds) */
static int f_sleep(lua_State *L) {
  uint64_t milliseconds = check_delay(L, 1);
  return task_wait(L, task_check_wait(L), milliseconds, NULL);
}

/* core.wait_in(list, seconds): waits until core.wake_all(list), or until the
   time has passed */
static int f_wait_in(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  uint64_t milliseconds = check_delay(L, 2);
  struct task *task = task_check_wait(L);
  lua_pushinteger(L, (lua_Integer)task_take_ticket(L, task));
  lua_rawseti(L, 1, (lua_Integer)lua_rawlen(L, 1) + 1);
  return task_wait(L, task, milliseconds, NULL);
}

/* core.wake_all(list): those who wait in the list go on, soon */
static int f_wake_all(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer count = (lua_Integer)lua_rawlen(L, 1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, 1, i);
    struct task *task =
        task_find_ticket(scripts, (uint64_t)lua_tointeger(L, -1));
    lua_pop(L, 1);
    if (task && task->state == TASK_WAITING)
      timer_start(scripts->timers, &task->wake, 0);
  }
  return 0;
}

/* core.clock() -> seconds that never go backwards */
static int f_clock(lua_State *L) {
  lua_pushnumber(L, (lua_Number)timers_now(scripts_of(L)->timers) / 1000);
  return 1;
}

/* timer:cancel(): a run that has begun goes on, no other follows */
static int m_cancel(lua_State *L) {
  struct script_timer *timer = luaL_checkudata(L, 1, class_name);
  timer->is_cancelled = true;
  if (!timer->task) release_timer(L, timer);
  return 0;
}

/* When the VM is closed, a timer may still be running. */
static int m_gc(lua_State *L) {
  struct script_timer *timer = luaL_checkudata(L, 1, class_name);
  timer_stop(timer->scripts->timers, &timer->timer);
  return 0;
}

/* --- loads --- */

static struct script_timer *timer_in(lua_State *L, lua_Integer place) {
  lua_rawgeti(L, -1, place);
  struct script_timer *timer = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return timer;
}

static void end_timers(lua_State *L, enum anchor list) {
  anchor_push(L, list);
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    struct script_timer *timer = timer_in(L, i);
    timer->is_cancelled = true;
    if (!timer->task)
      release_timer(L, timer);
    else if (timer->task->state == TASK_WAITING)
      task_stop(timer->task, TASK_STOPPED);
  }
  lua_pop(L, 1);
  lua_newtable(L);
  anchor_set(L, list);
}

void time_load_failed(lua_State *L) {
  end_timers(L, ANCHOR_PENDING);
}

void time_load_succeeded(lua_State *L) {
  end_timers(L, ANCHOR_OWNED);
  anchor_push(L, ANCHOR_PENDING);
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    struct script_timer *timer = timer_in(L, i);
    if (!timer->is_cancelled) start_timer(timer);
  }
  anchor_set(L, ANCHOR_OWNED);
  lua_newtable(L);
  anchor_set(L, ANCHOR_PENDING);
}

/* core.now() -> Unix seconds */
static int f_now(lua_State *L) {
  lua_pushnumber(L, clock_unix());
  return 1;
}

void time_open(lua_State *L) {
  luaL_newmetatable(L, class_name);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, m_cancel);
  lua_setfield(L, -2, "cancel");
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, m_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  static const luaL_Reg functions[] = {
      {"after", f_after}, {"every", f_every},     {"spawn", f_spawn},
      {"sleep", f_sleep}, {"clock", f_clock},     {"now", f_now},
      {"later", f_later}, {"wait_in", f_wait_in}, {"wake_all", f_wake_all},
      {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

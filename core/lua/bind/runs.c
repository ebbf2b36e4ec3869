/*
** Starts, limits and ends runs for Base's own Lua, and ends the server.
*/
#include "lua/bind/bind.h"
#include "lua/vm/events.h"
#include "lua/vm/task.h"

/* --- runs --- */

/* core.run(tell, hook, ...): calls tell(hook, ...) as a task of its own. It is
   for the hook `error`, whose own failure is only logged. */
static int f_run(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  int count = lua_gettop(L);
  struct task *task = task_new(scripts, NULL, NULL);
  const struct task *cause =
      scripts->tasks.current ? scripts->tasks.current : scripts->tasks.ending;
  task->is_strangers = cause && task_is_strangers(cause);
  task->is_last_resort = true;
  task->what = "on.error";
  lua_pushvalue(L, 2);
  task_note(L, task);
  lua_pop(L, 1);
  luaL_checkstack(task->thread, count, NULL);
  lua_xmove(L, task->thread, count);
  task_ready(task, count - 1);
  return 0;
}

/* core.note(function): notes the script's function of this run, for reports */
static int f_note(lua_State *L) {
  struct task *task = scripts_of(L)->tasks.current;
  lua_settop(L, 1);
  if (task && lua_isfunction(L, 1)) task_note(L, task);
  return 0;
}

/* os.exit([status]): ends this run at once, and the server as SIGTERM does */
static int f_exit(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  int status = 0;
  if (lua_isboolean(L, 1))
    status = !lua_toboolean(L, 1);
  else
    status = (int)luaL_optinteger(L, 1, 0);
  scripts->end.is_exiting = true;
  scripts->events->exit(scripts->context, status);
  if (!scripts->run.innermost) return luaL_error(L, "os.exit was called");
  run_stop(scripts, RUN_EXIT);
  return run_abandon(L);
}

/* core.limit_runs(seconds, bytes of a run, bytes of the heap): 0 is no limit */
static int f_limit_runs(lua_State *L) {
  run_set_limits(scripts_of(L), to_milliseconds(luaL_checknumber(L, 1)),
                 (uint64_t)luaL_checkinteger(L, 2),
                 (uint64_t)luaL_checkinteger(L, 3));
  return 0;
}

/* A limit may have ended a file. The time limit is that of the whole load:
   after it the load goes on only if it is a check, which is to find every
   mistake while no client waits. */
static void end_of_file(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  if (scripts->run.cause != RUN_TIME)
    run_excuse(L);
  else if (scripts->is_checking)
    run_forgive(L);
}

/* core.call(function, ...) -> true, result | false, error: a pcall for what a
   file does while it loads; nothing inside it may wait or yield. While a
   project loads, the outermost call is the load, which is one run. Each file
   that it calls, with all that the file requires, may add as much memory as a
   run. */
static int f_call(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  bool was_loading = scripts->is_loading;
  bool is_load = !scripts->tasks.current && scripts->run.innermost;
  int depth = scripts->tasks.call_depth++;
  if (is_load && depth == 0) run_again(scripts);
  if (is_load && depth == 1) memory_begin(&scripts->run.memory);
  scripts->is_loading = true;
  int status = lua_pcall(L, lua_gettop(L) - 1, 1, 0);
  scripts->is_loading = was_loading;
  scripts->tasks.call_depth--;
  if (is_load && scripts->run.cause != RUN_EXIT) {
    if (depth == 0) run_forgive(L);
    if (depth == 1) end_of_file(L);
  }
  lua_pushboolean(L, status == LUA_OK);
  lua_insert(L, -2);
  return 2;
}

/* core.is_ending() -> boolean: whether the server drains */
static int f_is_ending(lua_State *L) {
  const struct scripts *scripts = scripts_of(L);
  lua_pushboolean(L, scripts->end.is_draining || scripts->end.is_replaced ||
                         scripts->end.is_exiting);
  return 1;
}

void runs_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"run", f_run},   {"note", f_note},
      {"call", f_call}, {"limit_runs", f_limit_runs},
      {"exit", f_exit}, {"is_ending", f_is_ending},
      {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

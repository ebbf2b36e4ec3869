/*
** What the Lua half asks of C (and scripts get through it: the clock):
** runs, folders, the end of the server.
*/
#include "lib/clock.h"
#include "lua/bind/bind.h"
#include "lua/vm/events.h"
#include "lua/vm/task.h"
#include "model/connection.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- runs --- */

/* core.run(tell, hook, ...): calls tell(hook, ...) as a task of its own, whose
   failure is only logged: it is the hook `error` */
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

/* core.note(function): whose run this is, where no stack may tell */
static int f_note(lua_State *L) {
  struct task *task = scripts_of(L)->tasks.current;
  lua_settop(L, 1);
  if (task && lua_isfunction(L, 1)) task_note(L, task);
  return 0;
}

/* os.exit([status]): ends the server as SIGTERM does, and this run at once */
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

/* What has ended a file: its time is that of the load, which goes on only where
   it is to find every mistake and nobody waits for it. */
static void end_of_file(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  if (scripts->run.cause != RUN_TIME)
    run_excuse(L);
  else if (scripts->is_checking)
    run_forgive(L);
}

/* core.call(function, ...) -> true, result | false, error: a pcall of what a
   file does while it loads, inside which nothing may wait or yield. While a
   project loads, the outermost call is the load, a run of its own; each file
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

/* --- the rest --- */

/* core.is_ending() -> boolean: whether the server drains */
static int f_is_ending(lua_State *L) {
  const struct scripts *scripts = scripts_of(L);
  lua_pushboolean(L, scripts->end.is_draining || scripts->end.is_replaced ||
                         scripts->end.is_exiting);
  return 1;
}

/* core.now() -> Unix seconds */
static int f_now(lua_State *L) {
  lua_pushnumber(L, clock_unix());
  return 1;
}

/* What tells a file from another one, or from what it was before. */
static void push_identity(lua_State *L, const struct stat *status) {
  char text[128];
  int size = snprintf(text, sizeof text, "%llx:%llx",
                      (unsigned long long)status->st_dev,
                      (unsigned long long)status->st_ino);
  if (!S_ISDIR(status->st_mode))
    snprintf(text + size, sizeof text - (size_t)size, ":%llx:%llx.%lx",
             (unsigned long long)status->st_size,
             (unsigned long long)status->st_mtim.tv_sec,
             (unsigned long)status->st_mtim.tv_nsec);
  lua_pushstring(L, text);
}

/* nil, and why if there is something. */
static int push_no_kind(lua_State *L, const char *path) {
  struct stat status;
  int error = errno;
  lua_pushnil(L);
  if (error != ENOENT && error != ENOTDIR)
    lua_pushstring(L, strerror(error));
  else if (lstat(path, &status) == 0)
    lua_pushliteral(L, "it is a link to what is not there");
  else
    return 1;
  return 2;
}

/* core.kind(path) -> "file" | "directory" | "other", identity | nil | nil, why:
   a folder's identity stays the same, a file's changes when it is written */
static int f_kind(lua_State *L) {
  struct stat status;
  const char *path = luaL_checkstring(L, 1);
  if (stat(path, &status) != 0) return push_no_kind(L, path);
  if (S_ISDIR(status.st_mode))
    lua_pushliteral(L, "directory");
  else if (S_ISREG(status.st_mode))
    lua_pushliteral(L, "file");
  else
    lua_pushliteral(L, "other");
  push_identity(L, &status);
  return 2;
}

/* core.unreadable(path) -> nil | why: whether a file can be read, or a folder
   and what is in it */
static int f_unreadable(lua_State *L) {
  struct stat status;
  const char *path = luaL_checkstring(L, 1);
  bool is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
  int rights = is_folder ? R_OK | X_OK : R_OK;
  if (faccessat(AT_FDCWD, path, rights, AT_EACCESS) == 0) return 0;
  lua_pushstring(L, strerror(errno));
  return 1;
}

static int close_folder(lua_State *L) {
  DIR **folder = lua_touserdata(L, 1);
  if (*folder) closedir(*folder);
  return 0;
}

/* core.list(path) -> sorted by nobody: names in a folder | nil, why */
static int f_list(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  DIR **folder = lua_newuserdatauv(L, sizeof(DIR *), 0);
  *folder = NULL;
  luaL_setmetatable(L, "base.folder");
  lua_toclose(L, -1); /* also when a name does not fit into memory */
  *folder = opendir(path);
  if (!*folder) return luaL_fileresult(L, 0, path);
  lua_newtable(L);
  lua_Integer count = 0;
  for (struct dirent *entry; (entry = readdir(*folder)) != NULL;) {
    if (scripts_of(L)->run.cause != RUN_GOES_ON) return run_abandon(L);
    if (entry->d_name[0] == '.') continue;
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

void core_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"run", f_run},
                                       {"note", f_note},
                                       {"call", f_call},
                                       {"limit_runs", f_limit_runs},
                                       {"exit", f_exit},
                                       {"now", f_now},
                                       {"kind", f_kind},
                                       {"list", f_list},
                                       {"unreadable", f_unreadable},
                                       {"is_ending", f_is_ending},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  luaL_newmetatable(L, "base.folder");
  lua_pushcfunction(L, close_folder);
  lua_setfield(L, -2, "__close");
  lua_pop(L, 1);
}

/*
** os.execute, like Lua's own, except that SIGINT reaches Base while the command
** runs. Lua's own uses system(3), which ignores SIGINT meanwhile; but a second
** SIGINT has to end the process.
*/
#include "lua/bind/bind.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns a status as of waitpid, or -1 with errno. */
static int run_shell(const char *command) {
  char *words[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
  pid_t child;
  int status = 0;
  errno = posix_spawn(&child, "/bin/sh", NULL, NULL, words, environ);
  if (errno != 0) return -1;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return status;
}

/* os.execute(command) -> true | nil, "exit" | "signal", number; os.execute() ->
   whether there is a shell */
static int f_execute(lua_State *L) {
  const char *command = luaL_optstring(L, 1, NULL);
  if (command) return luaL_execresult(L, run_shell(command));
  lua_pushboolean(L, access("/bin/sh", X_OK) == 0);
  return 1;
}

void shell_open(lua_State *L) {
  lua_pushcfunction(L, f_execute);
  lua_setfield(L, -2, "execute");
}

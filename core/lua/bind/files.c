/*
** Files and folders, for Base's own Lua while it loads a project.
*/
#include "lua/bind/bind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char folder_class[] = "base.folder";

/* Pushes what tells a file from other files and from its earlier content. */
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

/* Pushes nil, and the reason if the path is not just absent. */
static int push_no_kind(lua_State *L, const char *path) {
  struct stat status;
  int error = errno;
  lua_pushnil(L);
  if (error != ENOENT && error != ENOTDIR)
    lua_pushstring(L, strerror(error));
  else if (lstat(path, &status) == 0)
    lua_pushliteral(L, "it is a broken symbolic link");
  else
    return 1;
  return 2;
}

/* core.kind(path) -> "file" | "directory" | "other", identity | nil | nil, why.
   The identity of a folder stays the same; that of a file changes when it is
   written. */
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

/* core.unreadable(path) -> nil | why: nil if a file, or a folder and what is in
   it, can be read */
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

/* core.list(path) -> names in a folder, unsorted | nil, why */
static int f_list(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  DIR **folder = lua_newuserdatauv(L, sizeof(DIR *), 0);
  *folder = NULL;
  luaL_setmetatable(L, folder_class);
  lua_toclose(L, -1); /* also closes it when memory runs out */
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

void files_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"kind", f_kind},
                                       {"list", f_list},
                                       {"unreadable", f_unreadable},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  luaL_newmetatable(L, folder_class);
  lua_pushcfunction(L, close_folder);
  lua_setfield(L, -2, "__close");
  lua_pop(L, 1);
}

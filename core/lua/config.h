#ifndef BASE_LUA_CONFIG_H
#define BASE_LUA_CONFIG_H

/*
** Reads the settings that lua/base/config.lua has checked into struct config.
*/
#include <lua.h>

struct config;

/* Reads the table at `index` into an all-zero config. Raises when memory runs
   out; the config then holds what was read so far. */
void scripts_read_config(lua_State *L, int index, struct config *config);

#endif

#ifndef BASE_LUA_CONFIG_H
#define BASE_LUA_CONFIG_H

/*
** From the settings that lua/base/config.lua has checked to struct config.
*/
#include <lua.h>

struct config;

/* Reads the table at `index` into an all-zero config. Raises out of memory,
   with the config as far as it is. */
void scripts_read_config(lua_State *L, int index, struct config *config);

#endif

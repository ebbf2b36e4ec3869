#ifndef BASE_LUA_BOOT_H
#define BASE_LUA_BOOT_H

/*
** Opens everything in a new VM: Lua's libraries, Base's bindings, and Base's
*own
** Lua.
*/
#include <lua.h>

/* To be called protected, once, with the struct scripts as light userdata at 1.
   Raises what goes wrong. */
int boot_scripts(lua_State *L);

#endif

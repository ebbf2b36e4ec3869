#ifndef BASE_LUA_VM_GUARD_H
#define BASE_LUA_VM_GUARD_H

/*
** Replaces functions of Lua's own through which a script could escape its
** limits.
*/
#include <lua.h>

void guard_open(lua_State *L);

#endif

#ifndef BASE_LUA_VM_GUARD_H
#define BASE_LUA_VM_GUARD_H

/*
** What no script may escape.
*/
#include <lua.h>

void guard_open(lua_State *L);

#endif

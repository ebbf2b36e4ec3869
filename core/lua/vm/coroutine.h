#ifndef BASE_LUA_VM_COROUTINE_H
#define BASE_LUA_VM_COROUTINE_H

/*
** Lua's library of coroutines, with `resume`, `wrap`, `close` and `yield` of
** our own: a wait inside a script's own coroutine is passed up to Base, through
** every coroutine in between, and whoever resumed them does not see it. So the
** chain of running coroutines is known at any time.
*/
#include <lua.h>

/* Nobody may resume or close the coroutine again. Raises out of memory. */
void coroutine_forbid(lua_State *L, lua_State *thread);

/* Replaces those functions in the global table `coroutine`. */
void coroutine_open(lua_State *L);

#endif

#ifndef BASE_LUA_VM_COROUTINE_H
#define BASE_LUA_VM_COROUTINE_H

/*
** Lua's library of coroutines, with `resume`, `wrap`, `close` and `yield` of
** our own. A wait inside a script's own coroutine is passed up to Base through
** every coroutine in between; the code that resumed them does not notice. So
** the chain of running coroutines is known at any time.
*/
#include <lua.h>

/* From now on no script can resume or close the coroutine. Raises when memory
   runs out. */
void coroutine_forbid(lua_State *L, lua_State *thread);

/* Replaces those functions in the global table `coroutine`. */
void coroutine_open(lua_State *L);

#endif

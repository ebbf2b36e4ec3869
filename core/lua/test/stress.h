#ifndef BASE_LUA_TEST_STRESS_H
#define BASE_LUA_TEST_STRESS_H

/*
** Runs a full collection at every step if BASE_GC_STRESS is set: the memory of
** each new Lua object is first refused, so that Lua collects all it can and
** asks again. An object that the bindings forgot to anchor is then freed at
** once, and the sanitizer sees its next use.
*/
#include <lua.h>

/* Wraps the state's allocator. Without effect unless BASE_GC_STRESS is set. */
void stress_open(lua_State *L);

/* Calls a function with every object stressed. Outside of such calls, where
   mostly the test itself runs, only an object now and then is. */
int stress_call(lua_State *L, lua_CFunction function);

#endif

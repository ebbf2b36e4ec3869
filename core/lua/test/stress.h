#ifndef BASE_LUA_TEST_STRESS_H
#define BASE_LUA_TEST_STRESS_H

/*
** A full collection at every step, when BASE_GC_STRESS is in the environment:
** the memory of each new object of Lua is first refused, so that Lua collects
** all that it can and asks again. What the bindings forgot to anchor is then
** gone at once, and the sanitizer sees its next use.
*/
#include <lua.h>

/* Wraps the state's allocator. Without effect but in that environment. */
void stress_open(lua_State *L);

/* Calls a function with every object stressed; outside of such calls, where
   most of what runs is the test itself, it is now and then one. */
int stress_call(lua_State *L, lua_CFunction function);

#endif

#ifndef BASE_LUA_TEST_BUS_H
#define BASE_LUA_TEST_BUS_H

/*
** The bus of the specs, which choose what kind it is, and functions of `test`
** for it.
*/
#include <lauxlib.h>
#include <stdbool.h>

struct scripts;

extern const luaL_Reg test_bus_functions[];

/* Gives the scripts a memory bus. False when memory ran out. */
bool test_bus_open(struct scripts *scripts);

#endif

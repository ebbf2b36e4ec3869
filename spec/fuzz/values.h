#ifndef BASE_FUZZ_VALUES_H
#define BASE_FUZZ_VALUES_H

/*
** Values of Lua that came out of a parser.
*/
#include <lua.h>
#include <stdbool.h>

/* Whether two values are the same, tables in all that they hold, numbers
   whether integer or float, but minus zero is no zero. Neither has cycles. */
bool values_are_same(lua_State *L, int a, int b);

#endif

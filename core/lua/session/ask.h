#ifndef BASE_LUA_SESSION_ASK_H
#define BASE_LUA_SESSION_ASK_H

/*
** A call to the bus on behalf of a script. The bus may answer before the call
** returns, or later: then the script waits.
**
** A binding makes an ask, gives its `call` to the bus, and ends with
** `return ask_finish(…)`.
*/
#include "bus/bus.h"

#include <lua.h>

struct ask;
struct scripts;

/* Pushes what the script gets for the answer, and returns how many values. */
typedef int ask_push(lua_State *L, const struct bus_answer *answer);

/* Raises when memory runs out. */
struct ask *ask_new(lua_State *L, ask_push *push);

struct bus_call *ask_call(struct ask *ask);

/* Returns what the script gets, at once or after a wait. The ask is not to be
   used any more. Raises where the answer is not there and the script may not
   wait. A word of the bus becomes `nil, word`; so does the end of a wait that
   is too long, "timeout". */
int ask_finish(lua_State *L, struct ask *ask);

void asks_open(lua_State *L);

#endif

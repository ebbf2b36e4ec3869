#ifndef BASE_LUA_SESSION_ACTION_H
#define BASE_LUA_SESSION_ACTION_H

/*
** One message in the hands of its action: the task that runs it, what it
** returns, and what its client is told who still waits for an answer.
*/
#include "lua/vm/task.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct session;

/* Makes the message at the top of Lua's stack (popping it) the action that
   runs. It costs so many bytes until that has ended; then `on_end` is called,
   which calls action_end. */
void action_run(struct session *session, uint64_t cost,
                void (*on_end)(struct task *, enum task_end));

/* The action has ended. Returns its session, which can begin the next message;
   NULL when that is gone. */
struct session *action_end(struct task *task);

/* Sends the value at `index` to the connection whose handle is at 1, if it is a
   message. */
void action_deliver(lua_State *L, int index);

/* Whether the peer of the handle at 1 waits for an answer that the run now owes
   it: nobody has given it, and the run has started nothing that still may. */
bool action_is_owed(lua_State *L);

#endif

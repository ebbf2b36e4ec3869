#ifndef BASE_LUA_SESSION_ACTION_H
#define BASE_LUA_SESSION_ACTION_H

/*
** Runs the action of one message: the task that runs it, the message that it
** returns, and the answer to a client that still waits for one.
*/
#include "lua/vm/task.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct session;

/* Runs the action of the message at the top of Lua's stack, popping it; one
   that is for a channel has none, and is served by Lua. The message costs
   `cost` bytes until the action has ended; then `on_end` is called, which must
   call action_end. */
void action_run(struct session *session, bool is_channel, uint64_t cost,
                void (*on_end)(struct task *, enum task_end));

/* The action has ended. Returns its session, which can start the next message;
   NULL when the session is gone. */
struct session *action_end(struct task *task);

/* Sends the value at `index` to the connection whose handle is at 1, if it is a
   message. */
void action_deliver(lua_State *L, int index);

/* Whether the client of the handle at 1 waits for an answer that this run owes:
   none was sent, and the run has started nothing that may still send it. */
bool action_is_owed(lua_State *L);

#endif

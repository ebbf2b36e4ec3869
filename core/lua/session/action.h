#ifndef BASE_LUA_SESSION_ACTION_H
#define BASE_LUA_SESSION_ACTION_H

/*
** One message in the hands of its action: the task that runs it, what it
** returns, and what its client is told who still waits for an answer.
*/
#include <stdint.h>

struct session;

/* Makes the message at the top of Lua's stack (popping it) the action that
   runs. It costs so many bytes until that has ended; then the session's next
   message is begun. */
void action_run(struct session *session, uint64_t cost);

#endif

#ifndef BASE_LUA_SESSION_CALL_H
#define BASE_LUA_SESSION_CALL_H

/*
** A script calls clients, and waits for the answer: one connection, or all of a
** user's. Whoever was called may answer, past the queue of messages. The first
*answer
** wakes the script; the others find nobody who waits. Who has gone cannot
** answer any more, and when nobody is left who can, the script hears "closed".
** A client of a user's that does not know the command (the error `unknown`) is
** no answer while others are left: it counts when all have said so, or left.
*/
#include "lib/list.h"
#include "lib/text.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct scripts;
struct connection;
struct session;
struct task;
struct user;

/* One who may answer, in the list of its session: who leaves finds those who
   wait for it without looking at all others. */
struct callee {
  struct task *task; /* which waits for the answer; NULL: in no list */
  struct list_link link;
  uint64_t id; /* of the connection */
};

/* Belongs to the task that waits, and goes with the wait. */
struct call {
  bool is_user;    /* not for who has moved to another user */
  bool is_unknown; /* to one of them at least, who said so */
  uint32_t left;   /* of those who may answer */
  uint32_t count;
  struct callee callees[];
};

void calls_open(lua_State *L);

/* Calls with the message at 2, or (command, body) there, and the seconds behind
   it: `return call_…(…);` as task_wait. NULL is nobody. */
int call_connection(lua_State *L, struct connection *connection);
int call_user(lua_State *L, struct user *user);

/* A client has answered the call `id` ("$7") with the message at `message`.
   From inside scripts_enter only, as the next two. */
void call_answer(struct session *session, lua_State *L, int message,
                 struct text command, const char *id);

/* The session goes: those who wait for its answers are put aside, and
   calls_left tells them. */
void call_leave(struct session *session);

/* From inside scripts_enter only. Nothing is lost should Lua raise: the next
   call goes on. */
void calls_left(struct scripts *scripts);

/* Nobody will answer any more. */
void calls_end(struct scripts *scripts);

/* The connection leaves its user for another. A script may be running: who
   waited hears of it in the next turn. */
void call_moved(struct session *session);

#endif

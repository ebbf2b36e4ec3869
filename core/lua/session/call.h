#ifndef BASE_LUA_SESSION_CALL_H
#define BASE_LUA_SESSION_CALL_H

/*
** A script calls one connection, or all connections of a user, and waits for
** the answer. An answer does not wait in the queue of messages. The first
** answer wakes the script; later ones are dropped. A client that has left
** cannot answer; when no client is left that can, the script gets "closed". The
** error `unknown`, from a client of a user that does not know the command, only
** counts when all of them have sent it or left.
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

/* A connection that may answer. It is in a list of its session, so that a
   session that ends finds the waiting tasks without a search. */
struct callee {
  struct task *task; /* the one that waits for the answer; NULL: in no list */
  struct list_link link;
  uint64_t id; /* of the connection */
};

/* Owned by the waiting task; freed at the end of the wait. */
struct call {
  bool is_user; /* a connection that has moved to another user may not answer */
  bool is_unknown; /* at least one client has answered `unknown` */
  uint32_t left;   /* how many may still answer */
  uint32_t count;
  struct callee callees[];
};

void calls_open(lua_State *L);

/* Call with the message at 2, or (command, body) there, and the seconds behind
   it. Use as the last call: `return call_…(…);`, as task_wait. NULL means that
   there is nobody to call. */
int call_connection(lua_State *L, struct connection *connection);
int call_user(lua_State *L, struct user *user);

/* A client has answered the call `id` ("$7") with the message at `message`.
   Call only inside scripts_enter, as the next two. */
void call_answer(struct session *session, lua_State *L, int message,
                 struct text command, const char *id);

/* The session ends: its callees move to a list of their own, and calls_left
   wakes the tasks that waited. */
void call_leave(struct session *session);

/* Call only inside scripts_enter. If Lua raises, nothing is lost: the next call
   goes on. */
void calls_left(struct scripts *scripts);

/* No client will answer any more: wakes all waiting tasks. */
void calls_end(struct scripts *scripts);

/* The connection moves to another user. A script may be running, so the tasks
   that waited are woken in the next turn. */
void call_moved(struct session *session);

#endif

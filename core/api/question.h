#ifndef BASE_QUESTION_H
#define BASE_QUESTION_H

/*
** A script's question to clients: to one connection, or to all that a user has.
** Whoever was asked may answer, past the queue of messages. The first answer
** wakes the script; the others find nobody who waits. Who has gone cannot
** answer any more, and when nobody is left who can, the script hears "closed".
*/
#include "model/text.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct api;
struct connection;
struct session;
struct user;

/* Belongs to the task that waits, and is freed with the wait. */
struct asked {
  bool is_user; /* not for who has moved to another user */
  uint32_t count;
  uint64_t ids[]; /* of the connections that may answer */
};

void questions_open(lua_State *L);

/* Asks with the message at 2, or (command, body) there, and the seconds behind
   it: `return question_ask_…(…);` as task_wait. NULL is nobody. */
int question_ask_connection(lua_State *L, struct connection *connection);
int question_ask_user(lua_State *L, struct user *user);

/* A client has answered the question `id` ("$7") with the message at `message`.
   From inside api_enter only, as the next two. */
void question_answer(struct session *session, lua_State *L, int message,
                     struct text command, const char *id);

/* The connection is gone. */
void question_closed(struct api *api, uint64_t id);

/* Nobody will answer any more. */
void questions_end(struct api *api);

/* The connection leaves its user for another. A script may be running: who
   waited hears of it in the next turn. */
void question_moved(struct api *api, uint64_t id);

#endif

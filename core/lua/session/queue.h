#ifndef BASE_LUA_SESSION_QUEUE_H
#define BASE_LUA_SESSION_QUEUE_H

/*
** The messages of one connection that wait for their turn. They wait as their
** bytes, since decoded they may take a hundred times as much, and are decoded
** again when their turn comes.
*/
#include "lib/text.h"
#include "model/limit_hits.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct session;

/* Puts the message at the top of L, which came as `text`, at the end of the
   queue. Returns the limit that forbids it; LIMIT_HIT_CAUSES: none. */
enum limit_hit_cause queue_push(struct session *session, lua_State *L,
                                struct text text);

/* Whether the message at the top of L may run now. */
typedef bool queue_test(struct session *session, lua_State *L);

/* Takes the first message that may run out of the queue, and what it cost to
   decode; false when there is none. A message may overtake others only while
   `authenticate` has not answered; those that it overtook are not looked at
   again. A message that is taken leaves a hole, so that each message is looked
   at once, however many wait. */
bool queue_take(struct session *session, lua_State *L, queue_test *may_run,
                uint64_t *cost);

/* A message took too long to decode, for example because its keys collide in
   Lua's hash. All clients waited meanwhile, and it could come again: closes its
   connection. */
void queue_refuse_costly(struct session *session, size_t size);

/* The connection has another user: the messages that wait are charged to that
   one. */
void queue_charge(struct session *session);

#endif

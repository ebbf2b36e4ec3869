#ifndef BASE_LUA_SESSION_QUEUE_H
#define BASE_LUA_SESSION_QUEUE_H

/*
** The messages of one connection that wait for their turn. They wait as their
** bytes, as values may take a hundred times as much, and are decoded again when
** their turn comes.
*/
#include "lib/text.h"
#include "model/limit_hits.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct session;

/* Puts the message at the top of L, which came as `text`, behind those that
   wait. Returns the limit that is in the way; LIMIT_HIT_CAUSES: none. */
enum limit_hit_cause queue_push(struct session *session, lua_State *L,
                                struct text text);

/* Whether the message at the top of L may run now. */
typedef bool queue_test(struct session *session, lua_State *L);

/* Takes the first message that may run from those that wait, with what it cost
   to decode; false when there is none. Only while `authenticate` has not
   answered may one overtake others; those that were passed over then are not
   looked at again. What was taken leaves a hole, so that however many wait,
   each is looked at once. */
bool queue_take(struct session *session, lua_State *L, queue_test *may_run,
                uint64_t *cost);

/* A message took too long to decode: its keys collide in Lua's hash, say.
   Others waited for it, and it would come again: its connection is closed. */
void queue_refuse_costly(struct session *session, size_t size);

/* The connection has another user: what waits is that one's. */
void queue_charge(struct session *session);

#endif

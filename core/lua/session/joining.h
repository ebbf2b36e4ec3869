#ifndef BASE_LUA_SESSION_JOINING_H
#define BASE_LUA_SESSION_JOINING_H

/*
** How a connection gets into a channel: it becomes a member, the bus is asked
** for the state of the channel, and the client is sent `$joined`. What is sent
** to the channel meanwhile comes behind it.
*/
#include "lib/text.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct buffer;
struct bus_answer;
struct connection;
struct session;

struct join {
  struct text channel;
  struct text info;  /* JSON, or empty */
  struct text id;    /* of the client's question, as JSON; empty: it did not
                        ask */
  bool is_by_script; /* a script lets it in, and has not to know whether the bus
                        answers */
  bool has_since;    /* it was in the channel before, and has seen the messages
                        up to `since` */
  uint64_t since;
  uint64_t epoch;
  uint32_t last; /* how many of the last messages it wants */
};

/* Joins and sends `$joined`. Returns what the script gets: true, or nil and a
   word: "limit"; "busy" when a join of it waits already, or too much came
   meanwhile; "left" when it has left meanwhile; or the bus's. With `waits`, a
   script that asks a late bus waits for it. */
int join_channel(lua_State *L, struct session *session, const struct join *join,
                 bool waits);

/* The connection leaves all of its channels, and its client is told. */
void session_leave_channels(struct session *session, const char *reason);

/* Takes the connection out of a channel and sends `$left` with the reason (or
   NULL). False if it was not in the channel. */
bool session_leave_channel(struct session *session, struct text channel,
                           const char *reason);

/* Prints the messages of an answer: `["said","hi",18],…`. */
void kept_print(const struct bus_answer *answer, struct buffer *buffer);

#endif

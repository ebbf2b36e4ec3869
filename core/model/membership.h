#ifndef BASE_MODEL_MEMBERSHIP_H
#define BASE_MODEL_MEMBERSHIP_H

/*
** A connection in a channel. The channel has a list of seats, the connection
** one of memberships, and each names the place of the other: so joining and
** leaving cost the same in a channel of ten thousand.
**
** A join may wait for the bus. What is sent to the channel meanwhile is kept
** for the one who joins (struct joining), and comes behind `$joined`.
*/
#include "lib/text.h"
#include "model/connection.h"

#include <stdbool.h>
#include <stdint.h>

struct channel;
struct map;
struct message;

enum join_result {
  JOIN_DONE,  /* the connection is in it; it may have been before */
  JOIN_LIMIT, /* limits.channels */
  JOIN_NO_MEMORY
};

/* How a connection leaves. */
enum leaving {
  LEAVING_LOST, /* its socket is gone: its user may come back in time */
  LEAVING_LEFT  /* it, or a script, wanted it */
};

/* A message that waits for the end of a join. */
struct held {
  struct message *message;
  uint64_t position; /* 0: it has none */
};

/* A join that waits for the bus. Owned by whoever asked the bus. */
struct joining {
  struct channel *channel; /* NULL: the connection has left meanwhile */
  uint64_t connection;
  struct held *held;
  uint32_t count, capacity;
  size_t bytes;
  bool has_failed; /* too much came meanwhile, or memory ran out */
};

/* Puts the connection into the channel. `info` is JSON and replaces the one
   that the user had there; where it is empty, that stays. */
enum join_result channel_join(struct channel *channel,
                              struct connection *connection, struct text info);

/* Takes the connection out. False if it was not in the channel. */
bool channel_leave(struct channel *channel, struct connection *connection,
                   enum leaving how);

/* Takes the connection out of all of its channels. */
void connection_leave_channels(struct connection *connection, enum leaving how);

/* The connection has just got its user: in its channels it was a guest. */
void connection_join_user(struct connection *connection);

/* Frees the two lists, without leaving. */
void seats_free(struct channel *channel);
void memberships_free(struct connection *connection);

/* The connection's membership, or NULL. */
struct membership *membership_find(const struct connection *connection,
                                   const struct channel *channel);

/* Whether its join waits for the bus. */
bool membership_is_joining(const struct connection *connection,
                           const struct channel *channel);

/* Prepares the map of joins that wait, in struct channels. */
void joinings_open(struct map *joinings);

/* The join of a connection that waits, or NULL. */
struct joining *joining_find(const struct channel *channel,
                             uint64_t connection);

/* Begins to keep what comes for a connection that has just joined and is not
   joining; false when memory ran out. joining_end drops what was kept, also
   where it has ended already. */
bool joining_begin(struct joining *joining, struct channel *channel,
                   struct connection *connection);
void joining_end(struct joining *joining);

/* Ends it and sends what was kept, apart from the positions `first` to `last`,
   which `$joined` stands for. */
void joining_finish(struct joining *joining, struct connection *connection,
                    uint64_t first, uint64_t last);

/* Keeps a message for a connection that is still joining. */
void joining_hold(struct channel *channel, uint64_t connection,
                  struct message *message, uint64_t position);

#endif

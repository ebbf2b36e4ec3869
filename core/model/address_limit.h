#ifndef BASE_MODEL_ADDRESS_LIMIT_H
#define BASE_MODEL_ADDRESS_LIMIT_H

/*
** How many sockets each address has, counted from the accept on
** (limits.connections_per_address): those that may stay, and those that came
** past the limit and wait to be told so. An IPv6 address counts by its /64.
** Knows no sockets.
*/
#include "lib/address.h"
#include "lib/map.h"

#include <stdbool.h>
#include <stdint.h>

struct address_count {
  struct address address;
  uint64_t staying;
  uint64_t leaving;
};

struct address_limit {
  struct map members;
  uint64_t seed;
};

/* The place of one socket in the count. Born zero: it has none. */
struct address_place {
  struct address_count *member; /* NULL: not counted */
  bool is_leaving;
};

void address_limit_open(struct address_limit *address_limit, uint64_t seed);
void address_limit_close(struct address_limit *address_limit);

/* Counts a socket. A limit of 0 means no limit. Returns false and counts
   nothing when as many sockets past the limit wait as the limit allows to stay:
   the caller then closes it without an answer. When memory runs out, the socket
   passes uncounted. */
bool address_limit_enter(struct address_limit *address_limit,
                         struct address_place *place,
                         const struct address *address, uint64_t limit);

/* Whether the socket may stay now. One that came past the limit may stay once
   there is room. */
bool address_limit_may_stay(struct address_place *place, uint64_t limit);

/* Gives the place back, if there is one. */
void address_limit_leave(struct address_limit *address_limit,
                         struct address_place *place);

#endif

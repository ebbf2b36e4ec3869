#ifndef BASE_MODEL_ADDRESS_LIMIT_H
#define BASE_MODEL_ADDRESS_LIMIT_H

/*
** How many sockets each address holds, from the accept on
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

/* One socket's place: born zero, which is none. */
struct address_place {
  struct address_count *member; /* NULL: not counted */
  bool is_leaving;
};

void address_limit_open(struct address_limit *address_limit, uint64_t seed);
void address_limit_close(struct address_limit *address_limit);

/* Counts a socket. False, and nothing counted, when as many past the limit wait
   already as may stay: it is closed without a word. A limit of 0 is none. One
   for whom there is no memory passes uncounted. */
bool address_limit_enter(struct address_limit *address_limit,
                         struct address_place *place,
                         const struct address *address, uint64_t limit);

/* Whether it may stay now: one that came past the limit may once there is
   room. */
bool address_limit_may_stay(struct address_place *place, uint64_t limit);

/* Gives the place back, if it is one. */
void address_limit_leave(struct address_limit *address_limit,
                         struct address_place *place);

#endif

#ifndef BASE_NET_PEER_ADDRESS_LIMIT_H
#define BASE_NET_PEER_ADDRESS_LIMIT_H

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

struct crowd_member {
  struct address address;
  uint64_t staying;
  uint64_t leaving;
};

struct crowd {
  struct map members;
  uint64_t seed;
};

/* One socket's place: born zero, which is none. */
struct crowd_place {
  struct crowd_member *member; /* NULL: not counted */
  bool is_leaving;
};

void crowd_open(struct crowd *crowd, uint64_t seed);
void crowd_close(struct crowd *crowd);

/* Counts a socket. False, and nothing counted, when as many past the limit wait
   already as may stay: it is closed without a word. A limit of 0 is none. One
   for whom there is no memory passes uncounted. */
bool crowd_enter(struct crowd *crowd, struct crowd_place *place,
                 const struct address *address, uint64_t limit);

/* Whether it may stay now: one that came past the limit may once there is
   room. */
bool crowd_may_stay(struct crowd_place *place, uint64_t limit);

/* Gives the place back, if it is one. */
void crowd_leave(struct crowd *crowd, struct crowd_place *place);

#endif

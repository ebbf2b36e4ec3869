#ifndef BASE_NET_SOCKET_VISITORS_H
#define BASE_NET_SOCKET_VISITORS_H

/*
** The sockets that speak no WebSocket, not yet or not any more. They are
** listed by what they wait for, and by how long. When they have used up their
** share of the descriptors, this says which one must go to make room. Knows no
** sockets: a visitor is embedded in one.
*/
#include "lib/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a visitor waits for, in the order in which they have to go. */
enum visit {
  VISIT_NONE,    /* not listed */
  VISIT_LEAVING, /* told to end: for the peer's end */
  VISIT_IDLE,    /* answered: for another request */
  VISIT_HEAD,    /* for the first byte or the rest of a head */
  VISIT_BODY,    /* for the next bytes of a body */
  VISIT_ANSWER,  /* for the answer */
  VISITS
};

/* Born zero. */
struct visitor {
  struct list_link link;
  uint8_t visit; /* read-only: enum visit */
  /* Ends the struct that contains the visitor. */
  void (*make_room)(struct visitor *visitor);
};

/* Born zero. */
struct visitors {
  struct list of[VISITS];
  size_t count;
};

/* Notes that the visitor waits for this from now on. If it waited for the same
   before, its time begins anew. VISIT_NONE removes it from the list. */
void visitors_put(struct visitors *visitors, struct visitor *visitor,
                  enum visit visit);

/* The one that has to go first, or NULL. */
struct visitor *visitors_first(const struct visitors *visitors);

#endif

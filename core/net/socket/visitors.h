#ifndef BASE_NET_SOCKET_VISITORS_H
#define BASE_NET_SOCKET_VISITORS_H

/*
** Whoever holds a descriptor and is no WebSocket (yet, or any more), by what is
** waited for, those first for whom it has been longest. When their share of the
** descriptors is used up it says who has to go, so that others can come. Knows
** no sockets: a visitor is embedded in one.
*/
#include "lib/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which they have to go. */
enum visit {
  VISIT_NONE,    /* is not counted */
  VISIT_LEAVING, /* was told to go, and its end is awaited */
  VISIT_IDLE,    /* was answered, and may ask again */
  VISIT_HEAD,    /* its first bytes, or the rest of them */
  VISIT_BODY,    /* the next bytes of a body */
  VISIT_ANSWER,  /* what it asked for */
  VISITS
};

/* Born zero. */
struct visitor {
  struct list_link link;
  uint8_t visit; /* read-only: enum visit */
  /* Ends what it is embedded in, so that others can come. */
  void (*make_room)(struct visitor *visitor);
};

/* Born zero. */
struct visitors {
  struct list of[VISITS];
  size_t count;
};

/* It is waited for this from now on, or for more of the same. VISIT_NONE takes
   it out, if it is in. */
void visitors_put(struct visitors *visitors, struct visitor *visitor,
                  enum visit visit);

/* Who has to go first, or NULL. */
struct visitor *visitors_first(const struct visitors *visitors);

#endif

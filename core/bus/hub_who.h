#ifndef BASE_BUS_HUB_WHO_H
#define BASE_BUS_HUB_WHO_H

/*
** Who is in a channel: the hub asks the peer, and puts its answer and that of
** this process together.
*/
#include "lib/list.h"
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

struct buffer;
struct bus;
struct bus_call;
struct link_frame;

struct hub_asks {
  struct list waiting;
  uint64_t tickets;
};

/* Asks the peer by a frame in `out`; NULL: it does not have to be asked, and
   the call is answered at once. */
void hub_ask_who(struct hub_asks *asks, struct bus *memory,
                 struct bus_call *call, struct text channel,
                 struct buffer *out);

/* The answer of the peer. False if it is wrong. */
bool hub_asks_take(struct hub_asks *asks, struct link_frame *frame);

/* Answers all that waits: with the word, or (NULL) without the peer. */
void hub_asks_end(struct hub_asks *asks, const char *word);

#endif

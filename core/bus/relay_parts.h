#ifndef BASE_BUS_RELAY_PARTS_H
#define BASE_BUS_RELAY_PARTS_H

/*
** What the files of the relay share. Only they include this.
*/
#include "bus/bus.h"
#include "lib/buffer.h"
#include "lib/list.h"
#include "lib/owner.h"

#include <stdbool.h>
#include <stdint.h>

struct channel_events;

struct relay {
  struct bus bus;
  struct bus *inner;
  const struct channel_events *inner_events;
  struct buffer *out; /* NULL: the new process has died */
  struct buffer said; /* a copy of all frames, until it is settled */
  bool is_settled;
  uint64_t tickets;
  struct list waiting;
};

/* A call that waits for its answer. */
struct waiting {
  struct list_link link;
  struct bus_call *call;
  uint64_t ticket;
};

static inline struct relay *relay_of(struct bus *bus) {
  return owner_of(bus, struct relay, bus);
}

/* The call that waits for the answer with this ticket, which it does no more;
   or NULL. */
struct bus_call *relay_take_waiting(struct relay *relay, uint64_t ticket);

/* Answers with a word: one call; all that wait. */
void relay_fail(struct bus_call *call, const char *word);
void relay_fail_waiting(struct relay *relay, const char *word);

#endif

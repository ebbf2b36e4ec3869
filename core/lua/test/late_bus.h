#ifndef BASE_LUA_TEST_LATE_BUS_H
#define BASE_LUA_TEST_LATE_BUS_H

/*
** A bus for specs, with the memory bus behind it. What it is told, and what it
** is asked, waits in a queue, as if the other processes were far away. So a
** spec shows that each caller is right when the answer is late, comes in
** another order, or is a failure.
**
** What bus.h promises holds: messages are delivered in the order of their
** positions; a read is answered after what was told of its channel before.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus;
struct registry;

enum late_order {
  LATE_IN_ORDER, /* all that waits is done some milliseconds later */
  LATE_SHUFFLED, /* one thing a millisecond, in an order made of the seed; some
                    calls are done before they wait, and some answers wait once
                    more */
  LATE_BY_HAND   /* late_bus_do */
};

/* Takes the channel events of the registry. NULL when memory ran out. */
struct bus *late_bus_new(struct registry *registry, enum late_order order,
                         uint32_t seed);

/* From here on calls are answered with this word, and nothing is done; NULL:
   they are done again. */
void late_bus_fail(struct bus *bus, const char *word);

/* How many things wait. */
size_t late_bus_count(const struct bus *bus);

/* Prints what waits at this place, from 0: "read room:42", "came room:42", or
   "answer room:42" where only the answer waits. */
void late_bus_describe(const struct bus *bus, size_t place, char *text,
                       size_t size);

/* Does what waits at this place. Of a call either all, or only what is done:
   its answer waits on, at the end. */
void late_bus_do(struct bus *bus, size_t place, bool answers);

#endif

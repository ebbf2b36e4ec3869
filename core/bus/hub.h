#ifndef BASE_BUS_HUB_H
#define BASE_BUS_HUB_H

/*
** The bus of a process that has taken the place of another one, and of those
** who are still connected there: the bus of a single process (memory.h), and
** one peer that uses it, too (relay.h). A channel is the same in both: its
** messages go to both, a user is there while it is in one of them, and it is
** vacant when it is so in both.
**
** When the peer has ended, its users have `offline_after` to come here, as if
** each had lost its connection.
*/
#include <stdbool.h>

struct buffer;
struct bus;
struct link_frame;
struct registry;

/* NULL when memory ran out. Nothing is said to the peer before hub_begin. */
struct bus *hub_bus_new(struct registry *registry);

/* From here on the peer is told, by frames in `out`. */
void hub_begin(struct bus *bus, struct buffer *out);

/* A frame of the peer. False if it is wrong. */
bool hub_received(struct bus *bus, struct link_frame *frame);

/* The peer has ended: `out` is not used any more. */
void hub_lost(struct bus *bus);

/* Its users are gone now, if they have not come here: for when this process is
   replaced itself. */
void hub_forget(struct bus *bus);

#endif

#ifndef BASE_BUS_RELAY_H
#define BASE_BUS_RELAY_H

/*
** The bus of a process that is being replaced: the channels are the new
** process's now. Every call becomes a request to it, answered later; it says
** who is in a channel, and gives the messages.
**
** Until the new process is known to serve, the change may have to be undone:
** everything that was said to it is kept, and is then done here. Afterwards the
** histories here are dropped, and a new process that dies leaves no bus behind:
** every call is answered with "cluster".
*/
#include <stdbool.h>

struct buffer;
struct bus;
struct link_frame;
struct registry;

/* Writes who is in which channel here, and takes the place of the bus `inner`,
   which it owns from here on. `out` is where frames for the new process are
   written. NULL when memory ran out: then nothing has changed. */
struct bus *relay_bus_new(struct registry *registry, struct bus *inner,
                          struct buffer *out);

/* From here on frames are written there. */
void relay_use(struct bus *bus, struct buffer *out);

/* A frame of the new process. False if it is wrong. */
bool relay_received(struct bus *bus, struct link_frame *frame);

/* The new process serves. */
void relay_settle(struct bus *bus);
bool relay_is_settled(const struct bus *bus);

/* Drops some of the histories that are not needed any more. To be called again
   and again once it is settled. */
void relay_forget_some(struct bus *bus);

/* The bus below it. */
struct bus *relay_inner(const struct bus *bus);

/* The new process has died before it served: does on the bus below what it was
   asked. The relay is freed, and the bus below is the caller's again. */
void relay_undo(struct bus *bus);

/* The new process has died since: `out` is not used any more. */
void relay_lost(struct bus *bus);

#endif

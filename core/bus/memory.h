#ifndef BASE_BUS_MEMORY_H
#define BASE_BUS_MEMORY_H

/*
** The bus of a single process: everything is in its own memory, and every call
** is answered at once.
*/
#include "lib/text.h"

#include <stdint.h>

struct bus;
struct channel;
struct history;
struct registry;

/* Takes the channel events of the registry. NULL when memory ran out. */
struct bus *memory_bus_new(struct registry *registry);

/* Gives a channel without a history an empty one. NULL when memory ran out. */
struct history *memory_open_history(struct channel *channel, uint64_t epoch,
                                    uint64_t position);

/* Keeps a message in the channel's history, of which its rule has to have one.
   Returns its position, or 0 when memory ran out. */
uint64_t memory_keep(struct channel *channel, struct text message);

#endif

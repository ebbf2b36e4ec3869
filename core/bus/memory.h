#ifndef BASE_BUS_MEMORY_H
#define BASE_BUS_MEMORY_H

/*
** The bus of a single process: everything is in its own memory, and every call
** is answered at once.
*/
struct bus;
struct registry;

/* Takes the channel events of the registry. NULL when memory ran out. */
struct bus *memory_bus_new(struct registry *registry);

#endif

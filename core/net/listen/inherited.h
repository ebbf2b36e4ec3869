#ifndef BASE_NET_LISTEN_INHERITED_H
#define BASE_NET_LISTEN_INHERITED_H

/*
** Descriptors that listen already. They were opened by systemd, or by the
** predecessor, which goes on accepting from them until it is told to end.
*/
#include <stdbool.h>

struct config;
struct place;

struct inherited {
  int descriptor;
  char *where; /* "systemd:name", or the place in the predecessor's base.lua */
  struct inherited *next;
};

/* Takes the descriptor. A descriptor that does not listen is left alone: false
   after a log line. False also when memory ran out. */
bool inherited_add(struct inherited **list, int descriptor, const char *where);

/* Removes from the list a descriptor for this place of base.lua: one with the
   place's name; for "systemd", any one from systemd that no other place names.
   It and its `where` are then the caller's. False when there is none. */
bool inherited_take(struct inherited **list, const struct config *config,
                    const struct place *place, struct inherited *taken);

/* Closes the descriptors that were not taken. `are_ours`: no other process
   listens on them, so their Unix sockets are removed. */
void inherited_close(struct inherited **list, bool are_ours);

#endif

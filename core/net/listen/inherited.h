#ifndef BASE_NET_LISTEN_INHERITED_H
#define BASE_NET_LISTEN_INHERITED_H

/*
** Descriptors that listen already: systemd has opened them, or the process
** before this one, which goes on accepting from them until it is told to end.
*/
#include <stdbool.h>

struct config;
struct place;

struct inherited {
  int descriptor;
  char *where; /* "systemd:name", or as base.lua of that process said it */
  struct inherited *next;
};

/* Takes the descriptor. False, after a log line, when it is none that listens,
   which is left alone; false, too, when memory ran out. */
bool inherited_add(struct inherited **list, int descriptor, const char *where);

/* Takes one that a place of base.lua means off the list: what is of that name,
   and for "systemd" all that systemd has opened and no other place names. It is
   the caller's, as is its `where`. False when there is none. */
bool inherited_take(struct inherited **list, const struct config *config,
                    const struct place *place, struct inherited *taken);

/* Closes what nobody has taken. Nobody listens on their Unix sockets any more:
   `are_ours` removes those. */
void inherited_close(struct inherited **list, bool are_ours);

#endif

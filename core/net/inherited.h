#ifndef BASE_INHERITED_H
#define BASE_INHERITED_H

/*
** Descriptors that listen already: the process before this one opened them,
** and goes on accepting from them until it is told to end.
*/
#include <stdbool.h>

struct inherited {
  int descriptor;
  char *where; /* as base.lua of that process said it */
  struct inherited *next;
};

/* Takes the descriptor. False, after a log line, when it is none that listens,
   which is left alone; false, too, when memory ran out. */
bool inherited_add(struct inherited **list, int descriptor, const char *where);

/* The descriptor of the first that listens there, which is the caller's from
   here on, or -1. */
int inherited_take(struct inherited **list, const char *where);

/* Closes what nobody has taken. Nobody listens on their Unix sockets any more:
   `are_ours` removes those. */
void inherited_close(struct inherited **list, bool are_ours);

#endif

#ifndef BASE_SERVER_INIT_H
#define BASE_SERVER_INIT_H

/*
** Process 1 of a container. The kernel gives it whatever has lost its parent:
** what a script has started in the background, the rest of a health check that
** was cut short. Who waits for all of them would take the children of scripts
** from those who wait for them as well, so process 1 does nothing else: the
** server is a child of it, is told the signals that it gets, has the sockets
** that were meant for it, and gives it its exit status.
*/
#include <stdbool.h>

/* In process 1: returns in a child of it only. Elsewhere it does nothing. To be
   called while there is one thread. */
void init_stay_behind(void);

/* Whether our parent is such a process. */
bool init_is_our_parent(void);

#endif

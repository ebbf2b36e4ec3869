#ifndef BASE_SERVER_INIT_H
#define BASE_SERVER_INIT_H

/*
** Process 1 of a container. The kernel makes it the parent of every process
** that has lost its own: what a script has started in the background, or the
** rest of a health check that was cut short. Waiting for all children would
** take the children of scripts from the code that waits for them. So process 1
** does nothing else: the server is its child, gets the signals and the sockets
** that were meant for process 1, and gives it its exit status.
*/
#include <stdbool.h>

/* In process 1 it forks and returns only in the child. Elsewhere it does
   nothing. Call it while there is one thread. */
void init_stay_behind(void);

/* Whether our parent is such a process 1. */
bool init_is_our_parent(void);

#endif

#ifndef BASE_SERVER_HANDOVER_PREDECESSOR_H
#define BASE_SERVER_HANDOVER_PREDECESSOR_H

/*
** The process that has started this one as its successor (successor.h): this
** process inherits its listening sockets and tells it when it is ready.
*/
struct net;

struct predecessor {
  char *lines; /* owned: the value of SUCCESSOR_VARIABLE; NULL without a
                  predecessor */
  int ready;   /* the pipe, or -1 */
  int link;    /* the socket, or -1 */
};

/* Reads the variable and removes it from the environment. */
void predecessor_open(struct predecessor *predecessor);
void predecessor_close(struct predecessor *predecessor);

/* The socket to the predecessor, which is the caller's from now on; -1: there
   is none, perhaps because the predecessor is of an older release. */
int predecessor_take_link(struct predecessor *predecessor);

/* Gives the inherited descriptors to `net`. Call it before net_listen. */
void predecessor_inherit(struct predecessor *predecessor, struct net *net);

/* Says that this process listens and its loop is about to run: the predecessor
   stops accepting. Without effect when there is no predecessor. */
void predecessor_say_ready(struct predecessor *predecessor);

/* Says that this process was replaced by a successor of its own: when this
   process ends now, the predecessor need not report a failure. */
void predecessor_say_replaced(const struct predecessor *predecessor);

#endif

#ifndef BASE_SERVER_HANDOVER_PREDECESSOR_H
#define BASE_SERVER_HANDOVER_PREDECESSOR_H

/*
** The process that has started this one to take its place (successor.h): what
*it
** listens on is ours as well, and it waits to hear that we are ready.
*/
struct net;

struct predecessor {
  char *lines; /* owned: of SUCCESSOR_VARIABLE, or NULL when there is none */
  int ready;   /* the pipe, or -1 */
};

/* Reads the variable, and takes it out of the environment. */
void predecessor_open(struct predecessor *predecessor);
void predecessor_close(struct predecessor *predecessor);

/* Gives its descriptors to `net`, before net_listen. */
void predecessor_inherit(struct predecessor *predecessor, struct net *net);

/* This process listens and its loop is about to run: the other stops accepting.
   Without effect when there is none. */
void predecessor_say_ready(struct predecessor *predecessor);

/* Another process has taken the place of this one in turn: the end of this one
   is none of the predecessor's concern. */
void predecessor_say_replaced(const struct predecessor *predecessor);

#endif

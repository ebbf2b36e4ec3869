#ifndef BASE_REFUSAL_H
#define BASE_REFUSAL_H

/*
** A WebSocket that finds the server full: it gets its 101, is told when to come
** back, and is closed with 1013. No connection is made, so nobody else sees it.
*/
#include <stdbool.h>

struct message;
struct net;
struct socket;

/* Whether there are as many connections as there may be. */
bool refusal_is_due(const struct net *net);

/* Gives the socket an outbox with `answer` (the 101), the `reconnect` and the
   Close. False when memory ran out. */
bool refusal_open(struct socket *socket, struct message *answer);

/* Frees that outbox, if there is one. */
void refusal_close(struct socket *socket);

#endif

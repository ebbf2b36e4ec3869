#ifndef BASE_NET_WS_REFUSAL_H
#define BASE_NET_WS_REFUSAL_H

/*
** A WebSocket that finds the server full, or too many of its own address here:
** it gets its 101, is told why in a Close, and when to come back if it may. No
** connection is made, so nobody else sees it.
*/
#include <stdbool.h>

struct message;
struct net;
struct socket;

enum refusal {
  REFUSAL_FULL,   /* `reconnect`, 1013 */
  REFUSAL_ADDRESS /* too many of its address: 4009 */
};

/* Whether there are as many connections as there may be. */
bool refusal_is_due(const struct net *net);

/* Gives the socket an outbox with `answer` (the 101) and what there is to say.
   False when memory ran out. */
bool refusal_open(struct socket *socket, struct message *answer,
                  enum refusal why);

/* Frees that outbox, if there is one. */
void refusal_close(struct socket *socket);

#endif

#ifndef BASE_NET_WS_REFUSAL_H
#define BASE_NET_WS_REFUSAL_H

/*
** A WebSocket that is refused because the server is full or its address has
** too many: it gets its 101 and a Close that says why, and, if it may come
** back, when. No connection is made, so nothing else sees it.
*/
#include <stdbool.h>

struct message;
struct net;
struct socket;

enum refusal {
  REFUSAL_FULL,   /* `reconnect`, then 1013 */
  REFUSAL_ADDRESS /* too many sockets of its address: 4009 */
};

/* Whether the server is full: of connections, or short of memory. */
bool refusal_is_due(const struct net *net);

/* Gives the socket an outbox with `answer` (the 101) and the refusal. False
   when memory ran out. */
bool refusal_open(struct socket *socket, struct message *answer,
                  enum refusal why);

/* Frees that outbox, if there is one. */
void refusal_close(struct socket *socket);

#endif

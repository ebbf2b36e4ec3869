#ifndef BASE_NET_PEER_CLIENT_H
#define BASE_NET_PEER_CLIENT_H

/*
** Who the client is: the peer of a socket, or the client that a trusted proxy
** names. Also whether its address may have one more socket
** (limits.connections_per_address). Sockets of the API and Unix sockets are
** not counted. Those of a trusted proxy count for its clients.
*/
#include <stdbool.h>

struct arrival;
struct head;
struct net;
struct socket;

/* Counts it. False: it has to be closed without an answer. */
bool client_arrive(struct net *net, struct arrival *arrival);

/* Writes the client into a head that was checked. */
void client_identify(struct socket *socket, struct head *head);

/* Whether the request's host may be asked for here (net/peer/host.h). Logs it
   when not. */
bool client_asks_for_us(const struct socket *socket, const struct head *head);

/* Whether its address may have this socket. Logs it when not. */
bool client_may_stay(struct socket *socket, const struct head *head);

/* A request is over. On a proxy's socket, the next one may come from another
   client. */
void client_finish(struct socket *socket);

#endif

#ifndef BASE_NET_PEER_CLIENT_H
#define BASE_NET_PEER_CLIENT_H

/*
** Who somebody is: the peer of a socket, or whom a trusted proxy names instead;
** and whether that address may hold a socket more
** (limits.connections_per_address). The application at its API and Unix
** sockets are not counted; those of a trusted proxy count for their clients.
*/
#include <stdbool.h>

struct arrival;
struct head;
struct net;
struct socket;

/* Counts it. False when it is to be closed without a word. */
bool client_arrive(struct net *net, struct arrival *arrival);

/* Writes into a head that was checked who sent it. */
void client_identify(struct socket *socket, struct head *head);

/* Whether the host that it asks for may be asked for here (net/peer/host.h);
   the log says when not. */
bool client_asks_for_us(const struct socket *socket, const struct head *head);

/* Whether its address may hold it; the log says when not. */
bool client_may_stay(struct socket *socket, const struct head *head);

/* A request of a proxy's is over: the next may be somebody else's. */
void client_finish(struct socket *socket);

#endif

#ifndef BASE_NET_LISTEN_ADOPT_H
#define BASE_NET_LISTEN_ADOPT_H

/*
** The last step of accepting, for direct connections and for those that a
** proxy brings: counts the connection and makes it a socket.
*/
struct arrival;
struct net;

/* Takes or closes the descriptor. */
void adopt(struct net *net, struct arrival *arrival, int descriptor);

#endif

#ifndef BASE_NET_LISTEN_ADOPT_H
#define BASE_NET_LISTEN_ADOPT_H

/*
** The last step of accepting, for who comes directly and for whom a proxy
** brings: counts the connection, and makes it a socket.
*/
struct arrival;
struct net;

/* Takes the descriptor, or closes it. */
void adopt(struct net *net, struct arrival *arrival, int descriptor);

#endif

#ifndef BASE_NET_LISTEN_PROXY_H
#define BASE_NET_LISTEN_PROXY_H

/*
** A connection from a proxy, between its accept and its PROXY header
** (net/listen/proxy_header). The header is read here, before TLS begins, and
** not a byte more. If it does not come within limits.handshake_time, or is not
** valid, the connection is closed without an answer.
*/
struct arrival;
struct net;

/* Takes the descriptor and reads its header. Then it is handed to adopt. It is
   closed when the peer is not a trusted proxy or memory ran out. */
void proxy_start(struct net *net, const struct arrival *arrival,
                 int descriptor);

/* Ends all connections whose header has not come. */
void proxy_stop_all(struct net *net);

#endif

#ifndef BASE_NET_LISTEN_PROXY_H
#define BASE_NET_LISTEN_PROXY_H

/*
** The time between the accept of a connection that a proxy brings and its
** header (net/listen/proxy_header), which is read here before TLS begins, and
*not a
** byte more. One that does not come within limits.handshake_time, or is none,
** ends the connection without a word.
*/
struct arrival;
struct net;

/* Reads the header of a descriptor, which is proxy's until it is handed to
   adopt or closed. Closes it when its peer may not bring others, or
   memory ran out. */
void proxy_start(struct net *net, const struct arrival *arrival,
                 int descriptor);

/* Ends all whose header has not come. */
void proxy_stop_all(struct net *net);

#endif

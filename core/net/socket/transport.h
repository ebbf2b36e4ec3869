#ifndef BASE_NET_SOCKET_TRANSPORT_H
#define BASE_NET_SOCKET_TRANSPORT_H

/*
** All calls of libwebsockets: its context in our loop, and its raw sockets,
** with or without TLS. What it reports goes to net/socket/input.
**
** Its per-session data is struct socket: born zero, gone after the callback
** RAW_CLOSE.
*/
#include <stdbool.h>
#include <stddef.h>

struct arrival;
struct net;
struct socket;
struct ssl_st;

/* Opens the context. False after a log line. */
bool transport_open(struct net *net);

/* Closes all sockets, and runs the loop until their handles are closed. */
void transport_close(struct net *net);

/* Makes a socket of a descriptor and takes arrival->place, or closes the
   descriptor. */
void transport_adopt(struct net *net, struct arrival *arrival, int descriptor);

/* The file descriptor, or -1. */
int transport_descriptor(const struct socket *socket);

/* NULL when the socket has no TLS. */
struct ssl_st *transport_tls(const struct socket *socket);

/* Ends libwebsockets' own deadline for handshakes; ours stays. */
void transport_drop_deadline(struct socket *socket);

/* Turns reading from the socket on or off. */
void transport_read(struct socket *socket, bool is_on);

/* Has input_turn called in the next turn, or once the socket can write more. */
void transport_ask_turn(struct socket *socket);

/* Ends the socket at once. Outside its own callback it is gone when this
   returns. Inside, the caller's callback has to return first. */
void transport_kill(struct socket *socket);

enum transport_written {
  TRANSPORT_ALL,
  TRANSPORT_SOME, /* libwebsockets keeps the rest: see transport_is_stuck */
  TRANSPORT_FAILED
};

/* Writes once. The bytes may be changed in place. */
enum transport_written transport_write(struct socket *socket, char *bytes,
                                       size_t size);

/* Whether libwebsockets still keeps a part of a write. */
bool transport_is_stuck(const struct socket *socket);

#endif

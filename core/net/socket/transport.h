#ifndef BASE_NET_SOCKET_TRANSPORT_H
#define BASE_NET_SOCKET_TRANSPORT_H

/*
** libwebsockets, and all of it: its context in our loop, and its raw sockets,
** with TLS or without. Nobody else calls it. What it tells goes to
*net/socket/input.
**
** Its per-session data is the struct socket: born zero, and gone with the
** callback RAW_CLOSE.
*/
#include <stdbool.h>
#include <stddef.h>

struct arrival;
struct net;
struct socket;
struct ssl_st;

/* False after a log line. */
bool transport_open(struct net *net);

/* Closes all sockets, and runs the loop until their handles are closed. */
void transport_close(struct net *net);

/* Makes a socket of a descriptor, or closes it. Takes arrival->place, if it
   does. */
void transport_adopt(struct net *net, struct arrival *arrival, int descriptor);

/* The file descriptor, or -1. */
int transport_descriptor(const struct socket *socket);

/* NULL: the socket has no TLS. */
struct ssl_st *transport_tls(const struct socket *socket);

/* Ends libwebsockets' own deadline for handshakes: ours hold. */
void transport_drop_deadline(struct socket *socket);

/* Turns the reading of the socket off or on. */
void transport_read(struct socket *socket, bool is_on);

/* Has input_turn called in the next turn, or when the kernel takes more. */
void transport_ask_turn(struct socket *socket);

/* Ends the socket where it is. Outside its own callback it is gone when this
   returns; inside, the caller's callback has to return. */
void transport_kill(struct socket *socket);

enum transport_written {
  TRANSPORT_ALL,
  TRANSPORT_SOME, /* libwebsockets keeps the rest: see transport_is_stuck */
  TRANSPORT_FAILED
};

/* One write of bytes, which it changes where it masks or encrypts. */
enum transport_written transport_write(struct socket *socket, char *bytes,
                                       size_t size);

/* Whether libwebsockets still keeps a part of a write. */
bool transport_is_stuck(const struct socket *socket);

#endif

#ifndef BASE_NET_SOCKET_INPUT_H
#define BASE_NET_SOCKET_INPUT_H

/*
** From the wire to the protocol: what net/socket/transport reports about a
** socket. The other direction is net/socket/output.
*/
#include <stddef.h>

struct arrival;
struct socket;

/* The socket is new. Takes arrival->place. */
void input_begin(struct socket *socket, struct arrival *arrival);

void input_received(struct socket *socket, char *bytes, size_t size);

/* The socket can write more, or has asked for a turn. */
void input_turn(struct socket *socket);

/* The socket is gone. */
void input_end(struct socket *socket);

#endif

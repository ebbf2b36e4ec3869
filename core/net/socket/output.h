#ifndef BASE_NET_SOCKET_OUTPUT_H
#define BASE_NET_SOCKET_OUTPUT_H

/*
** From an outbox to the wire: collects the waiting messages as frames in one
** buffer, and gives it to libwebsockets in one write. After a short write
** libwebsockets keeps the rest, and what follows waits in the outbox until the
** socket can write more.
*/
struct socket;

/* Writes the outbox until it is empty, and then asks the protocol for more. May
   end the socket. */
void output_flush(struct socket *socket);

/* The socket can write more. */
void output_resume(struct socket *socket);

#endif

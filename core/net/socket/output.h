#ifndef BASE_NET_SOCKET_OUTPUT_H
#define BASE_NET_SOCKET_OUTPUT_H

/*
** From an outbox to the wire: collects what waits into one buffer, as frames,
** and hands it to libwebsockets in one write. After a short write the rest
** waits in the outbox until the socket takes more.
*/
struct socket;

/* Writes what is in the outbox, and goes on with what follows from it being
   empty. May end the socket. */
void output_flush(struct socket *socket);

/* The socket takes more. */
void output_resume(struct socket *socket);

#endif

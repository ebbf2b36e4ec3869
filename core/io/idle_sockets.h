#ifndef BASE_IDLE_SOCKETS_H
#define BASE_IDLE_SOCKETS_H

/*
** The sockets of idle connections, which wait for their next request. Bytes
** that come on them belong to no request. They must not become the answer to
** the next one, which may be made for another user.
*/
#include <stddef.h>

struct idle_sockets {
  int *sockets;
  size_t count;
  size_t capacity;
};

/* If there is no memory to keep the socket, it is shut down at once. */
void idle_sockets_add(struct idle_sockets *idle, int socket);
void idle_sockets_remove(struct idle_sockets *idle, int socket);

/* Shuts down the sockets on which something has come and discards what came, so
   that libcurl finds them dead and opens others. */
void idle_sockets_check(struct idle_sockets *idle);

void idle_sockets_close(struct idle_sockets *idle);

#endif

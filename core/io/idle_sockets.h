#ifndef BASE_IDLE_SOCKETS_H
#define BASE_IDLE_SOCKETS_H

/*
** The sockets of connections that wait for their next request. Nobody has asked
** anything on them: whatever comes there belongs to no request, and must not
** become the answer to the next one, which may be another user's. libcurl 7.88
** alone lets it (spec/wire/client/authenticate_spec.lua, "takes no answer that
** came before it was asked for"), and CURLOPT_MAXAGE_CONN knows only ages.
*/
#include <stddef.h>

struct idle_sockets {
  int *sockets;
  size_t count;
  size_t capacity;
};

/* What cannot be kept for want of memory is spoilt at once. */
void idle_sockets_add(struct idle_sockets *idle, int socket);
void idle_sockets_remove(struct idle_sockets *idle, int socket);

/* Spoils those on which something has come: they are ended, and what came is
   thrown away, so that libcurl finds them dead and uses others. */
void idle_sockets_check(struct idle_sockets *idle);

void idle_sockets_close(struct idle_sockets *idle);

#endif

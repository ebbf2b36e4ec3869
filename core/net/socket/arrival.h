#ifndef BASE_NET_SOCKET_ARRIVAL_H
#define BASE_NET_SOCKET_ARRIVAL_H

/*
** What is known of a connection before it has a socket.
*/
#include "lib/address.h"
#include "model/address_limit.h"

#include <stdbool.h>

/* A connection between its accept and its adoption. Its listener may be closed
   in between. */
struct arrival {
  bool is_api;      /* accepted on a listener of the API */
  bool is_local;    /* from a Unix socket: there is no TLS */
  bool is_loopback; /* accepted on a loopback address: see net/peer/host.h */
  struct address address;
  struct address_place place; /* taken by whoever adopts the socket */
  bool is_trusted;            /* the peer is a trusted proxy, which speaks for
                                 others */
};

#endif

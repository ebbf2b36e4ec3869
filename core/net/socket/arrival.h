#ifndef BASE_NET_SOCKET_ARRIVAL_H
#define BASE_NET_SOCKET_ARRIVAL_H

/*
** What is known of a connection before it has a socket.
*/
#include "lib/address.h"
#include "model/address_limit.h"

#include <stdbool.h>

/* A connection between its accept and its adoption. The listener may be closed
   meanwhile. */
struct arrival {
  bool is_api;      /* accepted where the application speaks */
  bool is_local;    /* from a Unix socket: there is no TLS */
  bool is_loopback; /* accepted on a loopback address: see net/peer/host.h */
  struct address address;
  struct address_place place; /* whoever adopts the socket takes it */
  bool is_trusted;            /* a proxy: it speaks for others */
};

#endif

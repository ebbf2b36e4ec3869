#ifndef BASE_NET_SOCKET_EVENTS_H
#define BASE_NET_SOCKET_EVENTS_H

/*
** What net tells the server.
*/
#include "model/message.h"

#include <stddef.h>

struct connection;
struct exchange;

/* The pointers are good for the call; an event may send to,
   close and find any connection, but frees none. */
struct net_events {
  /* A WebSocket was opened; its connection is in the registry. */
  void (*opened)(void *context, struct connection *connection);

  /* A whole message, in order: MESSAGE_TEXT (valid UTF-8) or MESSAGE_BINARY
     (only when config.takes_binary, else net closes with 1003). Comes only
     while the connection is CONNECTION_OPEN. The bytes may be overwritten. */
  void (*received)(void *context, struct connection *connection,
                   enum message_kind kind, char *bytes, size_t size);

  /* A message was not taken (limits.rate), which its sender is to be told. Its
     bytes are given where they were at hand: valid UTF-8; else NULL. */
  void (*limited)(void *context, struct connection *connection,
                  const char *bytes, size_t size);

  /* The connection is over, once for each `opened`. The id still finds it
     during the call, and nothing afterwards. */
  void (*closed)(void *context, struct connection *connection, int code,
                 const char *reason);

  /* A whole HTTP request that is no WebSocket: one of the API, or any other
     when config.has_http; without it net serves the public folder itself. */
  void (*requested)(void *context, struct exchange *exchange);
};

#endif

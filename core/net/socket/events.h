#ifndef BASE_NET_SOCKET_EVENTS_H
#define BASE_NET_SOCKET_EVENTS_H

/*
** The events that net sends to the server.
*/
#include "model/message.h"

#include <stddef.h>

struct connection;
struct exchange;

/* The pointers are good during the call. A callback may send to, close and find
   any connection. It frees none. */
struct net_events {
  /* A WebSocket was opened; its connection is in the registry. */
  void (*opened)(void *context, struct connection *connection);

  /* A whole message, in order: MESSAGE_TEXT (valid UTF-8) or MESSAGE_BINARY
     (only with config.takes_binary; else net closes with 1003). Comes only
     while the connection is CONNECTION_OPEN. The bytes may be overwritten. */
  void (*received)(void *context, struct connection *connection,
                   enum message_kind kind, char *bytes, size_t size);

  /* A message was refused (limits.rate), and its sender should be told. The
     bytes are valid UTF-8 if net had them at hand, else NULL. */
  void (*limited)(void *context, struct connection *connection,
                  const char *bytes, size_t size);

  /* The connection is over. Called once for each `opened`. During the call its
     id is still valid, afterwards not. */
  void (*closed)(void *context, struct connection *connection, int code,
                 const char *reason);

  /* A whole HTTP request that does not become a WebSocket: one to the API, or
     any other if config.has_http. Without has_http net itself serves the public
     folder. */
  void (*requested)(void *context, struct exchange *exchange);
};

#endif

#ifndef BASE_NET_SOCKET_UPGRADE_H
#define BASE_NET_SOCKET_UPGRADE_H

/*
** How HTTP (net/http) hands a socket over to WebSocket (net/ws). Neither of
** them includes the other.
*/
#include <stdbool.h>

struct config;
struct head;
struct http_error;
struct socket;

struct upgrade {
  /* Takes the head of a request for a WebSocket. True: the socket now speaks
     WebSocket. False: it stays with HTTP, and *error is the answer. */
  bool (*accept)(struct socket *socket, struct head *head,
                 struct http_error *error);

  /* Sets *error to 426 for a request that has lost its field Upgrade. Logs a
     hint, at most once a minute. */
  void (*refuse_lost)(struct socket *socket, struct http_error *error);
};

/* Whether a request asks for a WebSocket, even if it is not valid. */
bool upgrade_is_asked(const struct head *head);

/* Whether a request seems to have lost its field Upgrade to a proxy: it is a
   GET with the key of a handshake, or for the WebSocket's own path
   (config.path, unless that is "/"). */
bool upgrade_is_lost(const struct head *head, const struct config *config);

#endif

#ifndef BASE_NET_SOCKET_UPGRADE_H
#define BASE_NET_SOCKET_UPGRADE_H

/*
** Where HTTP (net/http) hands a socket over to WebSocket (net/ws): neither sees
** the other.
*/
#include <stdbool.h>

struct config;
struct head;
struct http_error;
struct socket;

struct upgrade {
  /* Takes the head of a request for a WebSocket. True: the socket speaks that
     now. False: it goes on with HTTP, and *error is what to answer. */
  bool (*accept)(struct socket *socket, struct head *head,
                 struct http_error *error);

  /* Sets *error for a request whose field Upgrade was lost: 426. The log has a
     hint, now and then. */
  void (*refuse_lost)(struct socket *socket, struct http_error *error);
};

/* Whether a request asks for a WebSocket, rightly or not. */
bool upgrade_is_asked(const struct head *head);

/* Whether it would, had nobody on its way taken the field Upgrade: a GET with
   the key of a handshake, or on the WebSocket's own path (config.path, unless
   that is "/"). */
bool upgrade_is_lost(const struct head *head, const struct config *config);

#endif

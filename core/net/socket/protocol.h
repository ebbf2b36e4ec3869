#ifndef BASE_NET_SOCKET_PROTOCOL_H
#define BASE_NET_SOCKET_PROTOCOL_H

/*
** The protocol that a socket speaks: HTTP (net/http) at first, WebSocket
** (net/ws) after an upgrade. net/socket/input, output and socket know no more
** of either than these functions.
*/
#include <stdbool.h>
#include <stddef.h>

struct message;
struct socket;

enum { PROTOCOL_HEADER_MAX = 10 /* bytes around a message */ };

/* HTTP has no `prepare` and no `close_written`: it never has a window, nor
   sends a Close. WebSocket has no `begin`: no socket begins with it. */
struct protocol {
  /* The socket is new. False when memory ran out. Called only for the first
     protocol of a socket. */
  bool (*begin)(struct socket *socket);

  /* Bytes were read; they may be changed in place. Returns how many were taken:
     less than all if the socket has changed its protocol and the rest belongs
     to the new one. */
  size_t (*received)(struct socket *socket, char *bytes, size_t size);

  /* The socket has its turn. False when no input was waiting for it. */
  bool (*go_on)(struct socket *socket);

  /* The first message of the outbox is about to be written to a socket with a
     deflate window. It may be replaced now. Returns how many bytes were worked
     on. */
  size_t (*prepare)(struct socket *socket);

  /* Prints the header of a message, at most PROTOCOL_HEADER_MAX bytes, and
     returns its size. */
  size_t (*print_header)(char *header, const struct message *message);

  /* A message of the kind MESSAGE_CLOSE is being written. */
  void (*close_written)(struct socket *socket, const struct message *message);

  /* The outbox is empty; the protocol may fill it. Not called while the socket
     ends. */
  void (*drained)(struct socket *socket);

  /* Output begins to wait for the peer, still waits, or waits no more. */
  void (*output_waits)(struct socket *socket, bool waits);

  /* The deadline has passed. False: the socket has to be killed. */
  bool (*timed_out)(struct socket *socket);

  /* A second has passed: kills the socket if its peer is taken for gone. */
  void (*tick)(struct socket *socket);

  /* The socket is gone: free what belongs to it. */
  void (*end)(struct socket *socket);
};

#endif

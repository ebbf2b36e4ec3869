#ifndef BASE_NET_SOCKET_PROTOCOL_H
#define BASE_NET_SOCKET_PROTOCOL_H

/*
** What a socket speaks: HTTP (net/http) at first, and WebSocket (net/ws) from
** an upgrade on. Of either, net/socket/input, net/socket/output and
*net/socket/socket know no more
** than this.
*/
#include <stdbool.h>
#include <stddef.h>

struct message;
struct socket;

enum { PROTOCOL_HEADER_MAX = 10 /* bytes around a message */ };

struct protocol {
  /* The socket is new. False when memory ran out. Only of the first that a
     socket speaks. */
  bool (*begin)(struct socket *socket);

  /* Bytes were read; they may be changed where they lie. Returns how many were
     taken: fewer than all where the socket speaks another protocol behind
     them. */
  size_t (*received)(struct socket *socket, char *bytes, size_t size);

  /* The socket has its turn. False where no input has waited for it. */
  bool (*go_on)(struct socket *socket);

  /* The first message of the outbox is about to be written to a socket that has
     a window (of deflate), and may be replaced before. Returns how many bytes
     of work that was. */
  size_t (*prepare)(struct socket *socket);

  /* Prints what goes before a message, at most PROTOCOL_HEADER_MAX bytes, and
     returns its size. */
  size_t (*print_header)(char *header, const struct message *message);

  /* A message of the kind MESSAGE_CLOSE is on its way. */
  void (*close_written)(struct socket *socket, const struct message *message);

  /* The outbox is empty, and may be filled anew. Not while the socket ends. */
  void (*drained)(struct socket *socket);

  /* Output begins to wait for the peer, goes on waiting, or does so no more. */
  void (*output_waits)(struct socket *socket, bool waits);

  /* The deadline has passed. False: the socket is to be ended where it is. */
  bool (*timed_out)(struct socket *socket);

  /* The socket is ended, as its output has not moved for long. */
  void (*gave_up)(struct socket *socket);

  /* A second has passed. */
  void (*tick)(struct socket *socket);

  /* The socket is gone: frees what belongs to it. */
  void (*end)(struct socket *socket);
};

#endif

#ifndef BASE_NET_WS_PARTIAL_H
#define BASE_NET_WS_PARTIAL_H

/*
** The unfinished input of a WebSocket: a part of a header, a part of a frame,
** a message in fragments, frames that wait for their turn, a closing
** handshake. Most of the time a socket has none of these, and then no struct
** websocket. Only net/ws includes this.
*/
#include "lib/buffer.h"
#include "model/connection.h"
#include "model/quota.h"
#include "net/ws/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct socket;

struct websocket {
  char header[FRAME_HEADER_MAX]; /* the part of a header that has come */
  uint8_t header_size;
  bool is_in_frame;
  struct frame frame; /* the frame whose payload is coming */
  uint64_t taken;     /* bytes of its payload that have come */

  uint8_t kind;          /* of the unfinished message, or 0 */
  bool is_refused;       /* the message is refused (limits.rate) */
  bool is_deflated;      /* the message is deflated: its UTF-8 is checked when
                            it is whole */
  uint32_t utf8;         /* the state of its UTF-8 check */
  struct buffer message; /* its payload so far */
  struct charge charge;  /* for `message` */

  struct buffer behind; /* the rest of a read that was too much for one turn */
  size_t behind_from;   /* how much of `behind` has been taken */
  uint64_t inflated;    /* bytes that the messages of that read have inflated to
                           so far */

  char control[FRAME_CONTROL_MAX];
  char reason[CLOSE_REASON_MAX + 1]; /* the reason of the closing, or "" */
};

/* The socket's struct, made if there is none; NULL when memory ran out. */
struct websocket *partial_get(struct socket *socket);

void partial_free(struct socket *socket);

/* Whether frames wait for their turn. */
bool partial_has_more(const struct socket *socket);

/* Drops the frames that wait for their turn. */
void partial_drop_more(struct socket *socket);

/* Frees it if nothing is unfinished any more. */
void partial_free_if_done(struct socket *socket);

/* Keeps a reason for the present closing, unless there is one. The reason is
   lost when memory ran out. */
void partial_keep_reason(struct socket *socket, const char *bytes, size_t size);

#endif

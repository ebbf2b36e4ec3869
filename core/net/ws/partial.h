#ifndef BASE_NET_WS_PARTIAL_H
#define BASE_NET_WS_PARTIAL_H

/*
** What of a WebSocket is unfinished: half a header, half a frame, a message in
** fragments, frames that wait for their turn, a closing handshake. Most of the
** time nothing is, and then a socket has no struct websocket. Only
** net/websocket* include this.
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
  char header[FRAME_HEADER_MAX]; /* the beginning of one */
  uint8_t header_size;
  bool is_in_frame;
  struct frame frame; /* whose payload is coming */
  uint64_t taken;     /* how much of it has come */

  uint8_t kind;          /* of the message that is coming, or 0 */
  bool is_refused;       /* it is not taken (limits.rate) */
  bool is_deflated;      /* it is, and so its text is looked at in the end */
  uint32_t utf8;         /* of its text so far */
  struct buffer message; /* so far */
  struct charge charge;  /* of that */

  struct buffer behind; /* what was too much for one turn: the rest of a read */
  size_t behind_from;   /* how much of that was taken already */
  uint64_t inflated;    /* bytes, of what that read has brought so far */

  char control[FRAME_CONTROL_MAX];
  char reason[CLOSE_REASON_MAX + 1]; /* with which it is being closed, or "" */
};

/* The socket's, made if there is none; NULL when memory ran out. */
struct websocket *partial_get(struct socket *socket);

void partial_free(struct socket *socket);

/* Whether frames wait for their turn. */
bool partial_has_more(const struct socket *socket);

/* Nothing waits for its turn any more. */
void partial_drop_more(struct socket *socket);

/* Frees it if all that was begun is finished. */
void partial_free_if_done(struct socket *socket);

/* Keeps a reason for the closing that goes on, unless there is one. It is lost
   when memory ran out. */
void partial_keep_reason(struct socket *socket, const char *bytes, size_t size);

#endif

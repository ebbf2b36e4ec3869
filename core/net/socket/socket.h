#ifndef BASE_NET_SOCKET_SOCKET_H
#define BASE_NET_SOCKET_SOCKET_H

/*
** One accepted socket, from accept to close: a raw socket of libwebsockets
** that speaks HTTP (net/http/http) or WebSocket (net/ws/websocket). It reads,
** gives the bytes to its protocol, and writes its outbox, one write a turn
** (net/socket/output). The struct is libwebsockets' per-session data: born
** zero, gone after RAW_CLOSE.
**
** It ends in order: flush → close_notify → shutdown(SHUT_WR) → discard input
** until the peer's end, for at most SOCKET_LINGER → close.
*/
#include "lib/address.h"
#include "lib/bucket.h"
#include "lib/list.h"
#include "lib/timers.h"
#include "model/address_limit.h"
#include "model/outbox.h"
#include "net/socket/visitors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct http;
struct lws;
struct net;
struct protocol;
struct websocket;

enum { SOCKET_LINGER = 2000 }; /* milliseconds */

enum socket_state {
  SOCKET_OPEN,     /* speaks its protocol */
  SOCKET_ENDING,   /* takes no more input; ends when its outbox is empty */
  SOCKET_LINGERING /* our side has ended; waits for the peer's end */
};

/* Signs of life, in seconds of net's tick. */
struct socket_pulse {
  uint32_t heard;  /* when bytes last came or waiting output moved; 0: never */
  uint32_t pinged; /* when the unanswered ping was sent, or 0 */
};

/* Whether waiting output moves. */
struct socket_progress {
  uint32_t queued; /* bytes in the kernel at the last tick */
  uint64_t moved;  /* the sum of its changes */
};

/* The peer, and how much it may send. */
struct socket_peer {
  struct address address;
  struct address_place place; /* counts for its address, or its client's */
  struct bucket bucket;       /* of limits.rate */
  uint8_t refusals;           /* refused messages in a row */
};

struct socket {
  struct net *net;
  struct lws *wsi; /* net/socket/transport's */
  const struct protocol *protocol;
  uint8_t state;  /* enum socket_state */
  uint8_t window; /* of deflate, in bits, for messages to the peer; 0: none */
  bool is_secure : 1;
  bool is_api : 1;         /* it came on a listener of the API */
  bool is_loopback : 1;    /* accepted on a loopback address */
  bool is_stuck : 1;       /* libwebsockets holds the rest of a short write */
  bool is_paused : 1;      /* http, or frames that wait, want no more input for
                              now */
  bool is_input_off : 1;   /* the last argument of transport_read */
  bool is_doomed : 1;      /* killed: nothing may touch it any more */
  bool is_forwarded : 1;   /* its last request came through a trusted proxy */
  bool is_surplus : 1;     /* above its address's limit, so not counted */
  bool is_refused : 1;     /* net/ws/refusal made and owns the outbox */
  bool close_sent : 1;     /* our Close is written */
  bool close_received : 1; /* the peer's Close has come, or it broke the
                              protocol: more input is ignored */
  struct socket_pulse pulse;
  struct socket_progress progress;
  struct socket_peer peer;
  struct outbox *outbox;         /* http's, then the connection's */
  struct http *http;             /* owned, while it speaks HTTP */
  struct connection *connection; /* from the upgrade until it is closed */
  struct websocket *websocket;   /* owned: unfinished input, or NULL */
  struct timer deadline;         /* late heads, late Closes, lingering */
  struct visitor visitor;        /* while it does not speak WebSocket */
  struct list_link of_net;
};

/* Sets what a socket without a WebSocket waits for (net/socket/visitors). */
void socket_set_visit(struct socket *socket, enum visit visit);

/* Ends the socket in order, as above, after its outbox is written. */
void socket_end(struct socket *socket);

/* Ends it at once. Outside its own callback it is gone when this returns; the
   struct's memory stays until the end of the turn. */
void socket_kill(struct socket *socket);

/* Ends it at once, with a log line, because its peer sends TLS records without
   data. To be called from inside a read, ours or libwebsockets': the socket is
   gone soon after it. */
void socket_overrun(struct socket *socket);

/* Stops or resumes taking input. */
void socket_pause(struct socket *socket, bool is_paused);

/* Starts or stops the deadline, after which the socket is killed. 0 stops
   it. */
void socket_set_deadline(struct socket *socket, uint64_t milliseconds);

/* Turns input on or off according to is_stuck and is_paused. */
void socket_update_input(struct socket *socket);

/* Ends our side with close_notify and shutdown. All output must be written. */
void socket_linger(struct socket *socket);

/* Whether input is still taken; the API takes it longer than the others. */
bool socket_takes_input(const struct socket *socket);

/* Whether output waits for the socket to take more. */
bool socket_is_writing(const struct socket *socket);

/* How many bytes of the output the peer has taken: exact for TCP. For a Unix
   socket it is estimated from changes of the kernel's queue, and too high. */
uint64_t socket_taken(struct socket *socket);

/* Makes the kernel drop its queued output when the socket is killed next. */
void socket_drop_output(const struct socket *socket);

/* A second has passed: notes whether output that waits has moved. */
void socket_note_progress(struct socket *socket);

/* Whether output waits and has not moved for 30 seconds. */
bool socket_is_stalled(const struct socket *socket);

#endif

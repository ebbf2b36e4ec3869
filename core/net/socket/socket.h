#ifndef BASE_NET_SOCKET_SOCKET_H
#define BASE_NET_SOCKET_SOCKET_H

/*
** One accepted socket, from accept to close: libwebsockets' raw socket under
** either HTTP (net/http/http) or WebSocket frames (net/ws/websocket). It reads,
*hands
** the bytes to whichever of the two it speaks, and writes its outbox, one write
** a turn (net/socket/output). It is libwebsockets' per-session data: born zero,
*gone
** with RAW_CLOSE.
**
** It ends in order: flush → close_notify → shutdown(SHUT_WR) → discard what
** comes until the peer's end, SOCKET_LINGER at most → close.
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
  SOCKET_LINGERING /* our side is ended; waits for the peer's end */
};

/* In seconds of net's tick. */
struct socket_pulse {
  uint32_t heard;  /* when bytes last came, or output that waited moved; 0:
                      never */
  uint32_t pinged; /* when the ping was sent that is not answered, or 0 */
};

/* How output that waits moves. */
struct socket_progress {
  uint32_t queued; /* bytes in the kernel at the last tick */
  uint64_t moved;  /* bytes by which that has changed so far */
};

/* Who is at the other end, and what it may send. */
struct socket_peer {
  struct address address;
  struct address_place place; /* of its address, or its client's */
  struct bucket bucket;
  uint8_t refusals; /* in a row, by limits.rate */
};

struct socket {
  struct net *net;
  struct lws *wsi; /* net/transport's */
  const struct protocol *protocol;
  uint8_t state;  /* enum socket_state */
  uint8_t window; /* bits of that with which messages may be deflated for the
                     peer; 0: it speaks no permessage-deflate */
  bool is_secure : 1;
  bool is_api : 1;         /* the application speaks here */
  bool is_loopback : 1;    /* accepted on a loopback address */
  bool is_stuck : 1;       /* libwebsockets holds the rest of a short write */
  bool is_paused : 1;      /* http, or frames that wait, asked for no more
                              input for now */
  bool is_input_off : 1;   /* what was last said to transport_read */
  bool is_doomed : 1;      /* killed: touch nothing of it any more */
  bool is_forwarded : 1;   /* its last request came through a trusted proxy */
  bool is_surplus : 1;     /* more than its address may have, uncounted */
  bool is_refused : 1;     /* net/ws/refusal made the outbox, and owns it */
  bool close_sent : 1;     /* our Close has been written */
  bool close_received : 1; /* the peer's Close has come, or it broke the
                              protocol: what comes now is ignored */
  struct socket_pulse pulse;
  struct socket_progress progress;
  struct socket_peer peer;
  struct outbox *outbox;         /* http's, then the connection's */
  struct http *http;             /* owned, while that is spoken */
  struct connection *connection; /* since the upgrade, until it is closed */
  struct websocket *websocket;   /* owned: what is unfinished, or NULL */
  struct timer deadline;         /* a head that is late; a Close unanswered;
                                    the linger */
  struct visitor visitor;        /* while it is no WebSocket */
  struct list_link of_net;
};

/* What is waited for, where it is no WebSocket (net/socket/visitors). */
void socket_set_visit(struct socket *socket, enum visit visit);

/* Ends the socket in order, as above, after what is in its outbox. */
void socket_end(struct socket *socket);

/* Ends it where it is. Outside its own callback it is gone when this
   returns; the memory of the struct stays for this turn. */
void socket_kill(struct socket *socket);

/* Ends it where it is, and says so in the log: its peer sends TLS records that
   bring nothing. To be called from inside of a read, of ours or of
   libwebsockets' own: the socket is gone a moment later. */
void socket_overrun(struct socket *socket);

/* Takes no more input until it is called with false. */
void socket_pause(struct socket *socket, bool is_paused);

/* Starts or stops the deadline, after which the socket is ended where it is.
   0 stops it. */
void socket_set_deadline(struct socket *socket, uint64_t milliseconds);

/* Turns input on or off, as is_stuck and is_paused now ask for. */
void socket_update_input(struct socket *socket);

/* Ends our side: close_notify and shutdown. What was to be written is. */
void socket_linger(struct socket *socket);

/* Whether what comes is still taken: the API goes on while the rest ends. */
bool socket_takes_input(const struct socket *socket);

/* Whether output waits for the socket to take more. */
bool socket_is_writing(const struct socket *socket);

/* The bytes that the peer has taken so far of what was written: exactly over
   TCP; over a Unix socket by what is seen of it, which is more. */
uint64_t socket_taken(struct socket *socket);

/* When it is ended now, what the kernel holds for the peer goes with it. */
void socket_drop_output(const struct socket *socket);

/* A second has passed: ends one whose output moves no more. False when it
   did. */
bool socket_tick(struct socket *socket);

#endif

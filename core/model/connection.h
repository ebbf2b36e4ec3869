#ifndef BASE_CONNECTION_H
#define BASE_CONNECTION_H

/*
** One peer, from its WebSocket handshake to goodbye: an id, a user, and an
** outbox. Knows nothing of sockets and nothing of Lua.
**
** Lifetime. A pointer is good until this turn of the loop ends; an id is good
** for ever. connection_closed() makes the id find nothing at once, and
** registry_reap(), run between turns, gives the memory back.
*/
#include "lib/list.h"
#include "model/close.h"
#include "model/message.h"
#include "model/outbox.h"
#include "model/quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct head;
struct registry;
struct user;

enum connection_state {
  CONNECTION_OPEN,
  CONNECTION_CLOSING, /* told to close; takes no more messages */
  CONNECTION_CLOSED   /* the socket is gone */
};

struct connection {
  uint64_t id;
  enum connection_state state; /* read-only */
  bool is_told_slow;           /* the log says that messages were dropped */
  uint16_t close_code;         /* with which it was told to close, or 0 */
  bool is_leaving; /* what comes is not taken any more; what was sent waits */
  struct registry *registry;
  struct user *user; /* read-only: user_join and user_leave set it */
  struct list_link of_user;
  struct quota *quota;  /* model/quota's: of its address, or NULL */
  struct charge output; /* of what waits for its reader */
  uint64_t awaited; /* `answers` of the message for which the peer waits, or 0:
                       the scripts set it, and what answers clears it */
  struct outbox outbox;
  struct head *head; /* owned: the handshake */
  double opened_at;  /* Unix seconds */
  void *session;     /* the scripts' */
  int handle;        /* the scripts': reference of its handle */
  struct connection *next_dead;
};

/* A new open connection with a new id. Takes the head; NULL (and the head
   freed) when memory ran out. */
struct connection *connection_open(struct registry *registry,
                                   struct head *head);

/* Returns the connection while it is open or closing, else NULL. */
struct connection *connection_find(const struct registry *registry,
                                   uint64_t id);

/* Queues a message, taking a reference of its own. False if the connection is
   not open any more, or its outbox is full: then it is told to close with 4008,
   or the message is dropped (limits.on_slow). */
bool connection_send(struct connection *connection, struct message *message);

/* What waits for its reader, and for no other, is counted for its user and its
   address from here on. To be called when it has been tried to write it. */
void connection_charge_output(struct connection *connection);

/* Queues a Close frame behind what waits already. The reason is cut to
   CLOSE_REASON_MAX bytes at a character. Without effect when the connection is
   not open. */
void connection_close(struct connection *connection, int code,
                      const char *reason);

/* The socket is gone: leaves the user, drops the outbox, and the id finds
   nothing from here on. */
void connection_closed(struct connection *connection);

#endif

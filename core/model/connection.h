#ifndef BASE_CONNECTION_H
#define BASE_CONNECTION_H

/*
** One peer, from its WebSocket handshake to its close: an id, a user, and an
** outbox. Knows nothing of sockets and nothing of Lua.
**
** Lifetime. A pointer is good until this turn of the loop ends; an id is good
** for ever. After connection_closed() the id finds nothing. registry_reap(),
** which runs between turns, frees the memory.
*/
#include "lib/list.h"
#include "model/close.h"
#include "model/message.h"
#include "model/outbox.h"
#include "model/quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;
struct head;
struct registry;
struct user;

enum connection_state {
  CONNECTION_OPEN,
  CONNECTION_CLOSING, /* told to close; takes no more messages */
  CONNECTION_CLOSED   /* the socket is gone */
};

/* That it is in a channel: model/membership.h. */
struct membership {
  struct channel *channel;
  uint32_t seat; /* its place in the channel's list */
};

struct connection {
  uint64_t id;
  enum connection_state state; /* read-only */
  bool is_told_slow;           /* the log already says that messages were
                                  dropped */
  uint16_t close_code;         /* the code of its close, or 0 */
  bool is_leaving; /* messages that come are not taken any more; those that were
                      sent still go out */
  struct registry *registry;
  struct user *user; /* read-only: user_join and user_leave set it */
  struct list_link of_user;
  struct membership *memberships;     /* read-only: the channels it is in */
  struct membership first_membership; /* private: the place of one of them */
  uint32_t membership_count;
  uint32_t membership_capacity;
  struct quota *quota;  /* of its address, or NULL; model/quota sets it */
  struct charge output; /* the charge for what waits to be written to it */
  uint64_t awaited; /* `answers` of the message that the peer waits for, or 0:
                       the scripts set it, and an answer clears it */
  struct outbox outbox;
  struct head *head; /* owned: the head of the handshake */
  double opened_at;  /* Unix seconds */
  void *session;     /* the scripts' */
  int handle;        /* the scripts': a reference of its handle */
  struct connection *next_dead;
};

/* A new open connection with a new id. Takes the head; NULL (and the head
   freed) when memory ran out. */
struct connection *connection_open(struct registry *registry,
                                   struct head *head);

/* Returns the connection while it is open or closing, else NULL. */
struct connection *connection_find(const struct registry *registry,
                                   uint64_t id);

/* Queues a message and takes its own reference. False if the connection is not
   open any more, or its outbox is full. A full outbox means: it is closed with
   4008, or the message is dropped (limits.on_slow). */
bool connection_send(struct connection *connection, struct message *message);

/* Charges its user and its address with what waits for this reader alone. To be
   called after net has tried to write it. */
void connection_charge_output(struct connection *connection);

/* Queues a Close frame after what waits already. The reason is cut to
   CLOSE_REASON_MAX bytes, between characters. Does nothing when the connection
   is not open. */
void connection_close(struct connection *connection, int code,
                      const char *reason);

/* To be called when the socket is gone: the connection leaves its user, drops
   its outbox, and its id finds nothing any more. */
void connection_closed(struct connection *connection);

#endif

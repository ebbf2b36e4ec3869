#ifndef BASE_OUTBOX_H
#define BASE_OUTBOX_H

/*
** The messages that wait to be written to one socket, in order. A push marks
** the outbox. At the end of the turn net takes the marked outboxes and makes
** one write of each.
**
** All outboxes share `struct outboxes`: the list of the marked ones, and a
** stock of list items, so that a push usually allocates nothing.
*/
#include "lib/list.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>

struct outbox_item {
  struct message *message;
  bool is_own; /* it counts in the outbox's `own` */
  struct outbox_item *next;
};

/* About what a message takes besides its bytes. */
enum { OUTBOX_OVERHEAD = 32 };

struct outboxes {
  struct outbox_item *spare;
  size_t spare_count;
  struct list marked; /* in the order in which they were marked */
};

struct outbox {
  struct outboxes *shared;
  void *socket; /* net's; NULL once the socket is gone */
  struct outbox_item *first;
  struct outbox_item *last;
  size_t bytes;  /* of all messages, with OUTBOX_OVERHEAD for each, so that an
                    empty one counts too; the written part of the first is
                    included */
  size_t fresh;  /* part of `bytes`: pushed since net last tried to write, so
                    the reader cannot be slow to take it; net sets it to 0 */
  size_t own;    /* part of `bytes`: of messages that lay in no outbox before */
  size_t unsent; /* net's: bytes written, but not yet taken by the socket */
  size_t offset; /* net's: how much of the first frame is written */
  struct list_link marked;
};

void outboxes_close(struct outboxes *shared);

void outbox_open(struct outbox *outbox, struct outboxes *shared);

/* Drops its messages and its mark. */
void outbox_close(struct outbox *outbox);

/* Adds a message, takes its own reference, and marks the outbox. False when
   memory ran out. */
bool outbox_push(struct outbox *outbox, struct message *message);

/* Replaces the first message, of which nothing may be written yet, with another
   one. Takes its own reference. */
void outbox_replace(struct outbox *outbox, struct message *message);

/* Drops the first message. */
void outbox_pop(struct outbox *outbox);

/* Drops every message of which nothing is written yet. A MESSAGE_RAW at the
   front stays: it is the answer to the handshake. */
void outbox_drop_unwritten(struct outbox *outbox);

void outbox_mark(struct outbox *outbox);
void outbox_unmark(struct outbox *outbox);

/* Takes one marked outbox and removes its mark; NULL when there is none. */
struct outbox *outboxes_take(struct outboxes *shared);

#endif

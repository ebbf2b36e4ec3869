#ifndef BASE_OUTBOX_H
#define BASE_OUTBOX_H

/*
** What waits to be written to one socket, in order. Pushing marks the outbox;
** at the end of the turn net takes the marked ones and makes one write of each.
**
** `struct outboxes` is what all of them share: the list of the marked, and a
** stock of list items, so that a push in the steady state allocates nothing.
*/
#include "lib/list.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>

struct outbox_item {
  struct message *message;
  bool is_own; /* counts in the outbox's `own` */
  struct outbox_item *next;
};

/* What a message takes besides its bytes, about. */
enum { OUTBOX_OVERHEAD = 32 };

struct outboxes {
  struct outbox_item *spare;
  size_t spare_count;
  struct list marked; /* the outbox that was marked first is the first */
};

struct outbox {
  struct outboxes *shared;
  void *socket; /* net's; NULL once the socket is gone */
  struct outbox_item *first;
  struct outbox_item *last;
  size_t bytes;  /* of all messages in it, the written part of the first too,
                    with OUTBOX_OVERHEAD for each: an empty one takes room */
  size_t fresh;  /* of bytes: pushed since net last tried to write, which
                    therefore nobody is slow to read; net sets it to 0 */
  size_t own;    /* of bytes: of messages that lie in no outbox before it */
  size_t unsent; /* net's: written, but not yet taken by the socket */
  size_t offset; /* net's: how much of the first frame has been written */
  struct list_link marked;
};

void outboxes_close(struct outboxes *shared);

void outbox_open(struct outbox *outbox, struct outboxes *shared);

/* Drops what is in it, and the mark. */
void outbox_close(struct outbox *outbox);

/* Adds a message, taking a reference of its own, and marks the outbox. False
   when memory ran out. */
bool outbox_push(struct outbox *outbox, struct message *message);

/* Puts another message, taking a reference of its own, in the place of the
   first, of which nothing has been written yet. */
void outbox_replace(struct outbox *outbox, struct message *message);

/* Drops the first message. */
void outbox_pop(struct outbox *outbox);

/* Drops every message of which nothing has been written yet, except the
   MESSAGE_RAW at the front: the answer to the handshake. */
void outbox_drop_unwritten(struct outbox *outbox);

void outbox_mark(struct outbox *outbox);
void outbox_unmark(struct outbox *outbox);

/* Takes one marked outbox, the mark with it; NULL when there is none. */
struct outbox *outboxes_take(struct outboxes *shared);

#endif

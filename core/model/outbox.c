#include "model/outbox.h"

#include <assert.h>
#include <stdlib.h>

/* Enough for a broadcast to a full server; half a megabyte at most. */
enum { SPARE_MAX = 16384 };

static struct outbox_item *item_new(struct outboxes *shared) {
  struct outbox_item *item = shared->spare;
  if (!item) return malloc(sizeof *item);
  shared->spare = item->next;
  shared->spare_count--;
  return item;
}

static void item_free(struct outboxes *shared, struct outbox_item *item) {
  message_unref(item->message);
  if (shared->spare_count >= SPARE_MAX) {
    free(item);
    return;
  }
  item->message = NULL;
  item->next = shared->spare;
  shared->spare = item;
  shared->spare_count++;
}

void outboxes_close(struct outboxes *shared) {
  assert(list_is_empty(&shared->marked));
  while (shared->spare) {
    struct outbox_item *item = shared->spare;
    shared->spare = item->next;
    free(item);
  }
  *shared = (struct outboxes){0};
}

void outbox_open(struct outbox *outbox, struct outboxes *shared) {
  *outbox = (struct outbox){.shared = shared};
}

void outbox_close(struct outbox *outbox) {
  while (outbox->first) {
    outbox_pop(outbox);
  }
  outbox->offset = 0;
  outbox->unsent = 0;
  outbox->fresh = 0;
  outbox_unmark(outbox);
}

static size_t cost_of(const struct message *message) {
  return message->size + OUTBOX_OVERHEAD;
}

bool outbox_push(struct outbox *outbox, struct message *message) {
  enum {
    REFERENCES_OF_FIRST = 2
  }; /* the caller's reference, and that of this
        outbox */
  struct outbox_item *item = item_new(outbox->shared);
  if (!item) return false;
  item->message = message_ref(message);
  item->is_own = message->references <= REFERENCES_OF_FIRST;
  item->next = NULL;
  if (outbox->last) {
    outbox->last->next = item;
  } else {
    outbox->first = item;
  }
  outbox->last = item;
  outbox->bytes += cost_of(message);
  outbox->fresh += cost_of(message);
  if (item->is_own) outbox->own += cost_of(message);
  outbox_mark(outbox);
  return true;
}

static void subtract_message(struct outbox *outbox,
                             const struct outbox_item *item) {
  outbox->bytes -= cost_of(item->message);
  if (item->is_own) outbox->own -= cost_of(item->message);
  if (outbox->fresh > outbox->bytes) outbox->fresh = outbox->bytes;
}

void outbox_replace(struct outbox *outbox, struct message *message) {
  struct outbox_item *item = outbox->first;
  assert(item && outbox->offset == 0);
  subtract_message(outbox, item);
  outbox->bytes += cost_of(message);
  if (item->is_own) outbox->own += cost_of(message);
  message_ref(message);
  message_unref(item->message);
  item->message = message;
}

void outbox_pop(struct outbox *outbox) {
  struct outbox_item *item = outbox->first;
  assert(item);
  subtract_message(outbox, item);
  outbox->first = item->next;
  if (!outbox->first) outbox->last = NULL;
  item_free(outbox->shared, item);
}

void outbox_drop_unwritten(struct outbox *outbox) {
  struct outbox_item *kept = NULL;
  struct outbox_item *item = outbox->first;
  /* A raw message is the answer to the handshake. Without it, the peer could
     not read any frame. */
  while (item && (item->message->kind == MESSAGE_RAW ||
                  (item == outbox->first && outbox->offset > 0))) {
    kept = item;
    item = item->next;
  }
  if (kept) {
    kept->next = NULL;
  } else {
    outbox->first = NULL;
  }
  outbox->last = kept;
  outbox->fresh = 0;
  while (item) {
    struct outbox_item *next = item->next;
    subtract_message(outbox, item);
    item_free(outbox->shared, item);
    item = next;
  }
}

/* The outbox that was marked first is taken first. */
void outbox_mark(struct outbox *outbox) {
  if (!list_has_link(&outbox->marked))
    list_append(&outbox->shared->marked, &outbox->marked);
}

void outbox_unmark(struct outbox *outbox) {
  list_remove(&outbox->marked);
}

struct outbox *outboxes_take(struct outboxes *shared) {
  return list_take_first(&shared->marked, struct outbox, marked);
}

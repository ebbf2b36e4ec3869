/* Messages are counted, outboxes keep their order, and the marked ones are
   taken in the order in which they were marked. */
#include "model/message.h"
#include "model/outbox.h"

#include "check.h"

#include <string.h>

static struct message *text(const char *string) {
  return message_new(MESSAGE_TEXT, string, strlen(string));
}

static void push(struct outbox *outbox, const char *string) {
  struct message *message = text(string);
  CHECK(outbox_push(outbox, message));
  message_unref(message);
}

static bool first_is(const struct outbox *outbox, const char *string) {
  const struct message *message = outbox->first->message;
  return message->size == strlen(string) &&
         memcmp(message->bytes, string, message->size) == 0;
}

static void test_message(void) {
  struct message *message = text("hello");
  CHECK(message->kind == MESSAGE_TEXT);
  CHECK(message->size == 5 && memcmp(message->bytes, "hello", 5) == 0);
  CHECK(message_ref(message) == message);
  CHECK(message->references == 2);
  message_unref(message);
  CHECK(message->references == 1);
  message_unref(message);
  message_unref(NULL);

  struct message *empty = message_new(MESSAGE_CLOSE, NULL, 0);
  CHECK(empty->size == 0);
  message_unref(empty);
  CHECK(message_new(MESSAGE_TEXT, NULL, SIZE_MAX) == NULL);
}

static void test_order_and_bytes(void) {
  struct outboxes shared = {0};
  struct outbox outbox;
  outbox_open(&outbox, &shared);
  push(&outbox, "one");
  push(&outbox, "three");
  CHECK(outbox.bytes == 8 + 2 * OUTBOX_OVERHEAD);
  CHECK(outbox.fresh == outbox.bytes);
  CHECK(first_is(&outbox, "one"));
  outbox_pop(&outbox);
  CHECK(outbox.bytes == 5 + OUTBOX_OVERHEAD);
  CHECK(first_is(&outbox, "three"));
  outbox_pop(&outbox);
  CHECK(outbox.bytes == 0 && !outbox.first && !outbox.last);
  push(&outbox, "again");
  CHECK(first_is(&outbox, "again"));
  outbox_close(&outbox);
  CHECK(outbox.bytes == 0 && !outbox.first && !list_has_link(&outbox.marked));
  outboxes_close(&shared);
}

static void test_replacing(void) {
  struct outboxes shared = {0};
  struct outbox outbox;
  struct message *small = text("1");
  outbox_open(&outbox, &shared);
  push(&outbox, "one");
  push(&outbox, "three");
  outbox.fresh = 0;
  outbox_replace(&outbox, small);
  CHECK(first_is(&outbox, "1"));
  CHECK(small->references == 2);
  CHECK(outbox.bytes == 6 + 2 * OUTBOX_OVERHEAD && outbox.fresh == 0);
  outbox_pop(&outbox);
  CHECK(small->references == 1);
  outbox_replace(&outbox, small); /* the only one, still fresh or not */
  CHECK(outbox.bytes == 1 + OUTBOX_OVERHEAD);
  CHECK(outbox.last == outbox.first);
  outbox_close(&outbox);
  CHECK(outbox.bytes == 0 && small->references == 1);
  message_unref(small);
  outboxes_close(&shared);
}

static void test_one_message_in_many(void) {
  enum { MANY = 1000 };
  static struct outbox boxes[MANY];
  struct outboxes shared = {0};
  struct message *message = text("to all");
  for (int i = 0; i < MANY; i++) {
    outbox_open(&boxes[i], &shared);
    outbox_push(&boxes[i], message);
  }
  CHECK(message->references == MANY + 1);
  for (int i = 0; i < MANY; i++) {
    outbox_close(&boxes[i]);
  }
  CHECK(message->references == 1);
  CHECK(list_is_empty(&shared.marked));
  message_unref(message);
  outboxes_close(&shared);
}

static void test_steady_state_takes_from_the_stock(void) {
  struct outboxes shared = {0};
  struct outbox outbox;
  outbox_open(&outbox, &shared);
  push(&outbox, "a");
  const struct outbox_item *item = outbox.first;
  outbox_pop(&outbox);
  CHECK(shared.spare == item && shared.spare_count == 1);
  push(&outbox, "b");
  CHECK(outbox.first == item && shared.spare_count == 0);
  outbox_close(&outbox);
  outboxes_close(&shared);
}

static void test_drop_unwritten(void) {
  struct outboxes shared = {0};
  struct outbox outbox;
  outbox_open(&outbox, &shared);
  push(&outbox, "begun");
  push(&outbox, "waits");
  push(&outbox, "waits too");
  outbox.offset = 2;
  outbox_drop_unwritten(&outbox);
  CHECK(first_is(&outbox, "begun") && outbox.first == outbox.last);
  CHECK(outbox.bytes == 5 + OUTBOX_OVERHEAD);
  push(&outbox, "behind");
  CHECK(outbox.bytes == 11 + 2 * OUTBOX_OVERHEAD &&
        outbox.first->next == outbox.last);

  outbox.offset = 0;
  outbox_drop_unwritten(&outbox);
  CHECK(outbox.bytes == 0 && !outbox.first && !outbox.last);
  outbox_drop_unwritten(&outbox);
  outbox_close(&outbox);
  outboxes_close(&shared);
}

static void test_drop_keeps_the_answer_to_the_handshake(void) {
  struct outboxes shared = {0};
  struct outbox outbox;
  outbox_open(&outbox, &shared);
  struct message *answer = message_new(MESSAGE_RAW, "HTTP/1.1 101", 12);
  outbox_push(&outbox, answer);
  push(&outbox, "waits");
  outbox_drop_unwritten(&outbox);
  CHECK(outbox.first->message == answer && outbox.first == outbox.last);
  CHECK(outbox.bytes == 12 + OUTBOX_OVERHEAD);
  message_unref(answer);
  outbox_close(&outbox);
  outboxes_close(&shared);
}

static void test_marks(void) {
  struct outboxes shared = {0};
  struct outbox a;
  struct outbox b;
  struct outbox c;
  outbox_open(&a, &shared);
  outbox_open(&b, &shared);
  outbox_open(&c, &shared);
  CHECK(outboxes_take(&shared) == NULL);

  push(&a, "1");
  outbox_mark(&b);
  push(&c, "2");
  push(&a, "3");
  CHECK(outboxes_take(&shared) == &a && !list_has_link(&a.marked));
  outbox_mark(&a);
  CHECK(outboxes_take(&shared) == &b);
  CHECK(outboxes_take(&shared) == &c);
  CHECK(outboxes_take(&shared) == &a);
  CHECK(outboxes_take(&shared) == NULL);

  outbox_mark(&a);
  outbox_mark(&b);
  outbox_mark(&c);
  outbox_unmark(&b);
  outbox_unmark(&b);
  outbox_close(&a);
  CHECK(outboxes_take(&shared) == &c);
  CHECK(outboxes_take(&shared) == NULL);
  outbox_close(&b);
  outbox_close(&c);
  outboxes_close(&shared);
}

int main(void) {
  test_message();
  test_order_and_bytes();
  test_replacing();
  test_one_message_in_many();
  test_steady_state_takes_from_the_stock();
  test_drop_unwritten();
  test_drop_keeps_the_answer_to_the_handshake();
  test_marks();
  return check_report();
}

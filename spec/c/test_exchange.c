/* An exchange is answered once, taken in order, and gone with its peer. */
#include "lib/timers.h"
#include "model/config.h"
#include "model/exchange.h"
#include "model/head.h"
#include "model/message.h"
#include "model/registry.h"

#include "check.h"

#include <string.h>

static struct config config;
static struct timers timers;
static struct registry registry;

static uint64_t stopped_clock(void *context) {
  (void)context;
  return 0;
}

static void set_up(void) {
  timers_open(&timers, stopped_clock, NULL);
  registry_open(&registry, &config, &timers);
}

static void tear_down(void) {
  registry_close(&registry);
  timers_close(&timers);
}

static struct exchange *open_one(void) {
  static const char head[] = "GET / HTTP/1.1\r\n\r\n";
  return exchange_open(&registry, head_new(head, sizeof head - 1));
}

static void test_find(void) {
  set_up();
  struct exchange *a = open_one();
  struct exchange *b = open_one();
  uint64_t id = a->id;
  CHECK(b->id != id);
  CHECK(exchange_find(&registry, id) == a);
  CHECK(exchange_find(&registry, b->id) == b);
  buffer_append_string(&a->body, "a body");
  exchange_close(a);
  CHECK(exchange_find(&registry, id) == NULL);
  CHECK(exchange_find(&registry, b->id) == b);
  exchange_close(b);
  CHECK(registry.exchanges.count == 0);
  tear_down();
}

static void test_answer(void) {
  set_up();
  struct exchange *exchange = open_one();
  struct message *message = message_new(MESSAGE_RAW, "hello", 5);
  struct buffer fields = {0};
  buffer_append_string(&fields, "Content-Type: text/plain\r\n");
  char file[] = "public/a.txt";
  CHECK(!exchange->is_answered);
  CHECK(exchange_answer(exchange, 201, &fields, message, file));
  file[0] = 'X';
  CHECK(exchange->is_answered && exchange->status == 201);
  CHECK(fields.bytes == NULL && fields.size == 0 && fields.capacity == 0);
  CHECK(exchange->fields.size == 26);
  CHECK(exchange->answer == message && message->references == 2);
  CHECK(strcmp(exchange->file, "public/a.txt") == 0);

  struct buffer others = {0};
  buffer_append_string(&others, "X: y\r\n");
  CHECK(!exchange_answer(exchange, 500, &others, NULL, NULL));
  CHECK(exchange->status == 201 && others.size == 6);
  buffer_free(&others);

  CHECK(exchange_take_answered(&registry) == exchange);
  CHECK(exchange_take_answered(&registry) == NULL);
  CHECK(!exchange_answer(exchange, 500, NULL, NULL, NULL));
  CHECK(exchange_take_answered(&registry) == NULL);
  exchange_close(exchange);
  CHECK(message->references == 1);
  message_unref(message);
  tear_down();
}

static void test_order(void) {
  set_up();
  struct exchange *a = open_one();
  struct exchange *b = open_one();
  struct exchange *c = open_one();
  struct exchange *d = open_one();
  CHECK(exchange_answer(b, 0, NULL, NULL, NULL));
  CHECK(exchange_answer(a, 200, NULL, NULL, NULL));
  CHECK(exchange_answer(d, 200, NULL, NULL, NULL));
  CHECK(exchange_take_answered(&registry) == b);
  CHECK(exchange_answer(c, 200, NULL, NULL, NULL));
  CHECK(exchange_take_answered(&registry) == a);
  CHECK(exchange_take_answered(&registry) == d);
  CHECK(exchange_take_answered(&registry) == c);
  CHECK(exchange_take_answered(&registry) == NULL);
  CHECK(b->status == 0 && b->answer == NULL && b->file == NULL);
  tear_down();
}

/* The peer may go between the answer and the end of the turn. */
static void test_closed_after_the_answer(void) {
  set_up();
  struct exchange *all[4];
  for (int i = 0; i < 4; i++) {
    all[i] = open_one();
    exchange_answer(all[i], 200, NULL, NULL, NULL);
  }
  exchange_close(all[3]);
  exchange_close(all[1]);
  CHECK(exchange_take_answered(&registry) == all[0]);
  exchange_close(all[0]);
  exchange_close(all[2]);
  CHECK(exchange_take_answered(&registry) == NULL);
  tear_down();
}

static void test_registry_frees_what_is_left(void) {
  set_up();
  for (int i = 0; i < 100; i++) {
    struct exchange *exchange = open_one();
    buffer_append_string(&exchange->body, "left");
    if (i % 3 == 0) exchange_answer(exchange, 200, NULL, NULL, "file");
  }
  tear_down();
  CHECK(registry.exchanges.count == 0 && list_is_empty(&registry.answered));
}

int main(void) {
  test_find();
  test_answer();
  test_order();
  test_closed_after_the_answer();
  test_registry_frees_what_is_left();
  return check_report();
}

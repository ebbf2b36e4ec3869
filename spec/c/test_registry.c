/* Who is here: connections by id, users with their connections, and the time
   that a user may be away. */
#include "lib/clock.h"
#include "lib/timers.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/registry.h"
#include "model/user.h"

#include "check.h"

#include <string.h>

static struct config config;
static struct timers timers;
static struct registry registry;
static uint64_t now;

static int offline_count;
static char offline_id[USER_ID_MAX + 1];
static struct connection *comes_back; /* joins inside of on_offline */

static uint64_t fake_clock(void *context) {
  (void)context;
  return now;
}

static void on_offline(void *context, struct user *user) {
  CHECK(context == &now);
  CHECK(!user_find(&registry, text_of(user->id)));
  offline_count++;
  memcpy(offline_id, user->id, user->id_size + 1u);
  if (comes_back)
    user_join(user_add(&registry, text_of(offline_id), false), comes_back);
}

static void set_up(void) {
  config = (struct config){.offline_after = 5000};
  now = 1000;
  offline_count = 0;
  comes_back = NULL;
  timers_open(&timers, fake_clock, NULL);
  registry_open(&registry, &config, &timers);
  registry.on_offline = on_offline;
  registry.context = &now;
}

static void tear_down(void) {
  registry_close(&registry);
  timers_close(&timers);
}

static void pass(uint64_t milliseconds) {
  now += milliseconds;
  timers_run(&timers);
}

static struct connection *open_one(void) {
  static const char head[] = "GET / HTTP/1.1\r\n\r\n";
  return connection_open(&registry, head_new(head, sizeof head - 1));
}

static struct user *add(const char *id) {
  return user_add(&registry, text_of(id), false);
}

static struct user *find(const char *id) {
  return user_find(&registry, text_of(id));
}

static bool send_bytes(struct connection *connection, size_t size) {
  static const char zeros[1000];
  struct message *message = message_new(MESSAGE_BINARY, zeros, size);
  bool is_sent = connection_send(connection, message);
  message_unref(message);
  return is_sent;
}

static void test_ids(void) {
  double before = clock_unix();
  set_up();
  struct connection *a = open_one();
  struct connection *b = open_one();
  CHECK((double)a->id / 1024 / 1000 > before - 1);
  CHECK((double)a->id / 1024 / 1000 < clock_unix() + 1);
  CHECK(a->id < (UINT64_C(1) << 53));
  CHECK(b->id == a->id + 1);
  CHECK(a->opened_at >= before && a->opened_at <= clock_unix());
  CHECK(connection_find(&registry, a->id) == a);
  CHECK(connection_find(&registry, b->id) == b);
  CHECK(connection_find(&registry, b->id + 1) == NULL);
  CHECK(connection_find(&registry, 0) == NULL);
  tear_down();
}

static void test_death_in_two_steps(void) {
  set_up();
  struct connection *a = open_one();
  uint64_t id = a->id;
  CHECK(send_bytes(a, 10));
  connection_close(a, CLOSE_DONE, "bye");
  CHECK(connection_find(&registry, id) == a);
  connection_closed(a);
  CHECK(connection_find(&registry, id) == NULL);
  CHECK(a->state == CONNECTION_CLOSED && a->id == id && a->head);
  CHECK(!a->outbox.first && !list_has_link(&a->outbox.marked));
  CHECK(!send_bytes(a, 1));
  connection_close(a, CLOSE_DONE, NULL);
  connection_closed(a);
  CHECK(!a->outbox.first && registry_connection_count(&registry) == 0);
  registry_reap(&registry);
  CHECK(registry.dead == NULL);
  tear_down();
}

static void test_walks(void) {
  set_up();
  struct user *user = add("u");
  for (int i = 0; i < 100; i++) {
    struct connection *connection = open_one();
    if (i % 2) user_join(user, connection);
    if (i % 5 == 0) connection_closed(connection);
  }
  add("v");
  CHECK(registry_connection_count(&registry) == 80);
  CHECK(registry_user_count(&registry) == 2);
  size_t count = 0;
  size_t cursor = 0;
  struct connection *connection;
  while ((connection = registry_next_connection(&registry, &cursor))) {
    CHECK(connection->state == CONNECTION_OPEN);
    count++;
  }
  CHECK(count == 80);
  count = cursor = 0;
  while (registry_next_user(&registry, &cursor)) {
    count++;
  }
  CHECK(count == 2);
  CHECK(user->connection_count == 40);
  tear_down();
}

static bool closes_with(const struct connection *connection, const char *bytes,
                        size_t size) {
  const struct message *message = connection->outbox.last->message;
  return connection->state == CONNECTION_CLOSING &&
         message->kind == MESSAGE_CLOSE && message->size == size &&
         memcmp(message->bytes, bytes, size) == 0;
}

static void test_close(void) {
  set_up();
  struct connection *a = open_one();
  CHECK(send_bytes(a, 3));
  connection_close(a, CLOSE_SENT_AWAY, "sent away");
  CHECK(closes_with(a, "\x0f\xa3sent away", 11));
  CHECK(a->close_code == 4003 && a->outbox.first != a->outbox.last);
  CHECK(list_has_link(&a->outbox.marked));
  connection_close(a, CLOSE_DONE, "again");
  CHECK(a->close_code == 4003 && closes_with(a, "\x0f\xa3sent away", 11));
  CHECK(!send_bytes(a, 1));

  struct connection *b = open_one();
  connection_close(b, CLOSE_NONE_GIVEN, NULL);
  CHECK(closes_with(b, "", 0) && b->close_code == 1005);
  struct connection *c = open_one();
  connection_close(c, CLOSE_DONE, NULL);
  CHECK(closes_with(c, "\x03\xe8", 2));
  struct connection *d = open_one();
  connection_close(d, CLOSE_DONE, "not \xff UTF-8");
  CHECK(closes_with(d, "\x03\xe8", 2));
  tear_down();
}

/* 121 letters and then characters of 1 to 4 bytes: what fits into 123 bytes. */
static void test_close_cuts_at_a_character(void) {
  static const struct {
    const char *end;
    size_t size;
  } cases[] = {
      {"", 121},   {"ab", 123}, {"abc", 123}, {"ü", 123},
      {"aü", 122}, {"€", 121},  {"a€", 122},  {"\xF0\x9F\x98\x80", 121},
      {"üü", 123},
  };
  set_up();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char reason[140];
    char expected[2 + sizeof reason] = "\x03\xe8";
    memset(reason, 'x', 121);
    memcpy(reason + 121, cases[i].end, strlen(cases[i].end) + 1);
    memcpy(expected + 2, reason, cases[i].size);
    struct connection *connection = open_one();
    connection_close(connection, CLOSE_DONE, reason);
    CHECK(closes_with(connection, expected, 2 + cases[i].size));
  }
  tear_down();
}

static void test_slow_reader(void) {
  set_up();
  config.limits.queue_size = 100;
  struct connection *a = open_one();
  CHECK(send_bytes(a, 60));
  CHECK(send_bytes(a, 40)); /* a burst in one turn is no slow reader's */
  a->outbox.offset = 1;
  a->outbox.fresh = 0;
  CHECK(!send_bytes(a, 1));
  CHECK(closes_with(a, "\x0f\xa8reads too slowly", 18));
  CHECK(a->close_code == CLOSE_SLOW_READER);
  CHECK(a->outbox.first->message->size == 60);
  CHECK(a->outbox.first->next == a->outbox.last);

  struct connection *b = open_one();
  CHECK(send_bytes(b, 101));
  b->outbox.fresh = 0;
  outbox_pop(&b->outbox);
  b->outbox.unsent = 99;
  CHECK(send_bytes(b, 1));
  CHECK(!send_bytes(b, 1));
  CHECK(b->state == CONNECTION_CLOSING);
  CHECK(b->outbox.first == b->outbox.last);

  config.limits.queue_size = UINT64_C(100) * OUTBOX_OVERHEAD;
  struct connection *d = open_one();
  for (int i = 0; i < 100; i++) {
    CHECK(send_bytes(d, 0)); /* empty ones take room, too */
  }
  d->outbox.fresh = 0;
  CHECK(!send_bytes(d, 0));

  config.limits.queue_size = 0;
  struct connection *c = open_one();
  for (int i = 0; i < 1000; i++) {
    CHECK(send_bytes(c, 1000));
  }
  CHECK(c->state == CONNECTION_OPEN);
  tear_down();
}

static void test_users(void) {
  set_up();
  CHECK(find("42") == NULL);
  struct user *user = user_add(&registry, text_of("42"), true);
  CHECK(find("42") == user && find("042") == NULL && find("4") == NULL);
  CHECK(user->is_integer && user->id_size == 2);
  CHECK(strcmp(user->id, "42") == 0);
  char longest[USER_ID_MAX];
  memset(longest, 'i', sizeof longest);
  struct text id = {longest, sizeof longest};
  struct user *other = user_add(&registry, id, false);
  CHECK(user_find(&registry, id) == other && other->id[USER_ID_MAX] == 0);
  struct text zero = {"a\0b", 3};
  struct user *with_zero = user_add(&registry, zero, false);
  CHECK(user_find(&registry, zero) == with_zero && !find("a"));
  tear_down();
}

static struct connection *first_of(const struct user *user) {
  return list_first(&user->connections, struct connection, of_user);
}

static struct connection *next_of(const struct user *user,
                                  const struct connection *connection) {
  return list_next(&user->connections, connection, struct connection, of_user);
}

static void test_join_and_leave(void) {
  set_up();
  struct user *user = add("u");
  struct connection *all[3];
  for (int i = 0; i < 3; i++) {
    all[i] = open_one();
    user_join(user, all[i]);
    user_join(user, all[i]);
    CHECK(all[i]->user == user);
  }
  CHECK(user->connection_count == 3);
  CHECK(!timer_is_running(&user->offline));
  user_leave(all[1]);
  CHECK(all[1]->user == NULL && user->connection_count == 2);
  CHECK(first_of(user) == all[2] && next_of(user, all[2]) == all[0]);
  CHECK(next_of(user, all[0]) == NULL);
  user_leave(all[1]);
  connection_closed(all[2]);
  CHECK(first_of(user) == all[0] && next_of(user, all[0]) == NULL);
  CHECK(!timer_is_running(&user->offline));
  connection_closed(all[0]);
  CHECK(list_is_empty(&user->connections) && user->connection_count == 0);
  CHECK(timer_is_running(&user->offline));
  tear_down();
}

static void test_departure(void) {
  set_up();
  struct connection *a = open_one();
  user_join(add("ada"), a);
  connection_closed(a);
  pass(4999);
  CHECK(offline_count == 0 && find("ada"));
  pass(1);
  CHECK(offline_count == 1 && strcmp(offline_id, "ada") == 0);
  CHECK(find("ada") == NULL && registry_user_count(&registry) == 0);
  pass(10000);
  CHECK(offline_count == 1);
  tear_down();
}

static void test_back_in_time(void) {
  set_up();
  struct user *user = add("ada");
  struct connection *a = open_one();
  user_join(user, a);
  user_leave(a);
  pass(4999);
  user_join(user, a);
  CHECK(!timer_is_running(&user->offline));
  pass(10000);
  CHECK(offline_count == 0 && find("ada") == user);
  user_leave(a);
  pass(4999);
  CHECK(offline_count == 0);
  pass(1);
  CHECK(offline_count == 1 && !find("ada"));
  tear_down();
}

static void test_departure_at_once_is_never_inside_leave(void) {
  set_up();
  config.offline_after = 0;
  struct connection *a = open_one();
  user_join(add("ada"), a);
  user_leave(a);
  CHECK(offline_count == 0 && find("ada"));
  pass(0);
  CHECK(offline_count == 1 && !find("ada"));
  tear_down();
}

static void test_moving(void) {
  set_up();
  struct user *old = add("old");
  struct user *other = add("new");
  struct connection *a = open_one();
  struct connection *b = open_one();
  user_join(old, a);
  user_join(old, b);
  user_join(other, a);
  CHECK(a->user == other && old->connection_count == 1);
  CHECK(!timer_is_running(&old->offline));
  user_join(other, b);
  CHECK(other->connection_count == 2 && list_is_empty(&old->connections));
  pass(5000);
  CHECK(offline_count == 1 && strcmp(offline_id, "old") == 0);
  CHECK(!find("old") && find("new") == other);
  tear_down();
}

static void test_room_for_all(void) {
  set_up();
  struct user *user = add("ada");
  for (int i = 0; i < 100; i++) {
    struct connection *connection = open_one();
    CHECK(user_make_room(user, connection));
    user_join(user, connection);
  }
  CHECK(user->connection_count == 100);
  tear_down();
}

static void test_no_room_for_the_newest(void) {
  set_up();
  config.limits.connections_per_user = 2;
  struct user *user = add("ada");
  struct connection *all[4];
  for (int i = 0; i < 4; i++)
    all[i] = open_one();
  user_join(user, all[0]);
  user_join(user, all[1]);
  CHECK(user_make_room(user, all[0])); /* has its place already */
  CHECK(!user_make_room(user, all[2]));
  CHECK(all[2]->state == CONNECTION_CLOSING && all[2]->close_code == 4009);
  CHECK(all[0]->state == CONNECTION_OPEN && all[1]->state == CONNECTION_OPEN);
  connection_close(all[0], CLOSE_DONE, NULL);
  CHECK(user_make_room(user, all[3])); /* what is closing does not count */
  tear_down();
}

static void test_room_in_place_of_the_oldest(void) {
  set_up();
  config.limits.on_exceed = EXCEED_CLOSE_OLDEST;
  struct user *user = add("ada");
  struct connection *all[5];
  for (int i = 0; i < 5; i++)
    all[i] = open_one();
  user_join(user, all[1]);
  user_join(user, all[0]);
  user_join(user, all[2]);
  config.limits.connections_per_user = 3;
  CHECK(user_make_room(user, all[3]));
  CHECK(all[1]->close_code == 4009 && all[0]->close_code == 0);
  user_join(user, all[3]);
  config.limits.connections_per_user = 1;
  CHECK(user_make_room(user, all[4]));
  CHECK(all[0]->close_code == 4009 && all[2]->close_code == 4009);
  CHECK(all[3]->close_code == 4009 && all[4]->close_code == 0);
  tear_down();
}

static void test_back_inside_of_on_offline(void) {
  set_up();
  struct user *user = add("ada");
  struct connection *a = open_one();
  user_join(user, a);
  user_leave(a);
  comes_back = a;
  pass(5000);
  CHECK(offline_count == 1 && find("ada") && a->user == find("ada"));
  comes_back = NULL;
  connection_closed(a);
  pass(5000);
  CHECK(offline_count == 2 && !find("ada"));
  tear_down();
}

static void test_without_on_offline(void) {
  set_up();
  registry.on_offline = NULL;
  struct connection *a = open_one();
  user_join(add("ada"), a);
  connection_closed(a);
  pass(5000);
  CHECK(!find("ada"));
  tear_down();
}

static void test_close_calls_nothing(void) {
  set_up();
  for (int i = 0; i < 50; i++) {
    char id[2] = {(char)('0' + i), 0};
    struct connection *connection = open_one();
    user_join(add(id), connection);
    send_bytes(connection, 10);
    if (i % 3 == 0) connection_closed(connection);
  }
  tear_down();
  CHECK(offline_count == 0 && !timers.first);
}

int main(void) {
  test_ids();
  test_death_in_two_steps();
  test_walks();
  test_close();
  test_close_cuts_at_a_character();
  test_slow_reader();
  test_users();
  test_join_and_leave();
  test_departure();
  test_back_in_time();
  test_departure_at_once_is_never_inside_leave();
  test_moving();
  test_room_for_all();
  test_no_room_for_the_newest();
  test_room_in_place_of_the_oldest();
  test_back_inside_of_on_offline();
  test_without_on_offline();
  test_close_calls_nothing();
  return check_report();
}

/* Channels of one process: who is in them, who gets a message, what the members
   are told of each other, and when a channel is not needed any more. */
#include "bus/bus.h"
#include "bus/memory.h"
#include "lib/buffer.h"
#include "lib/timers.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/membership.h"
#include "model/presence.h"
#include "model/registry.h"
#include "model/user.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct config config;
static struct timers timers;
static struct registry registry;
static struct bus *bus;
static uint64_t now;
static char hooks[256]; /* what on_occupied was told: "+a-a" */

static uint64_t fake_clock(void *context) {
  (void)context;
  return now;
}

static void on_occupied(void *context, struct channel *channel,
                        bool is_occupied) {
  (void)context;
  size_t size = strlen(hooks);
  snprintf(hooks + size, sizeof hooks - size, "%c%s", is_occupied ? '+' : '-',
           channel->name);
}

/* Three rules: "plain", "count:*" and "list:*", which has a history; in the
   order of struct channel_rules. */
static struct channel_rule rules[] = {
    {.name = "plain", .name_size = 5, .number = 1},
    {.name = "count:",
     .name_size = 6,
     .is_prefix = true,
     .presence = PRESENCE_COUNT,
     .number = 3},
    {.name = "list:",
     .name_size = 5,
     .is_prefix = true,
     .presence = PRESENCE_LISTED,
     .history_size = 3,
     .history_time = 60000,
     .number = 2}};

static void set_up(void) {
  config = (struct config){.offline_after = 5000, .channels = {rules, 3, 1}};
  config.limits.channels = 3;
  config.limits.members_listed = 10;
  now = 1000;
  hooks[0] = '\0';
  timers_open(&timers, fake_clock, NULL);
  registry_open(&registry, &config, &timers);
  registry.channels.on_occupied = on_occupied;
  bus = memory_bus_new(&registry);
}

static void tear_down(void) {
  bus_close(bus);
  registry_close(&registry);
  timers_close(&timers);
}

static void turn(void) {
  channels_flush(&registry);
  registry_reap(&registry);
}

static void pass(uint64_t milliseconds) {
  now += milliseconds;
  timers_run(&timers);
  turn();
}

static struct connection *open_guest(void) {
  static const char head[] = "GET / HTTP/1.1\r\n\r\n";
  return connection_open(&registry, head_new(head, sizeof head - 1));
}

static struct connection *open_user(const char *id) {
  struct connection *connection = open_guest();
  struct user *user = user_find(&registry, text_of(id));
  if (!user) user = user_add(&registry, text_of(id), false);
  user_join(user, connection);
  return connection;
}

/* Shows who is there, as `$joined` does. */
static enum join_result join(struct connection *connection, const char *name) {
  struct channel *channel = channel_open(&registry, text_of(name));
  enum join_result result = channel_join(channel, connection, (struct text){0});
  struct buffer buffer = {0};
  if (channel->presence)
    presence_show(channel->presence, connection->id, &buffer);
  buffer_free(&buffer);
  return result;
}

static bool leave(struct connection *connection, const char *name) {
  struct channel *channel = channel_find(&registry, text_of(name));
  return channel && channel_leave(channel, connection, LEAVING_LEFT);
}

static void on_published(struct bus_call *call,
                         const struct bus_answer *answer) {
  (void)call;
  CHECK(!answer->word);
}

static void publish(const char *name, const char *text, uint64_t except) {
  struct bus_call call = {on_published};
  struct bus_publish what = {text_of(name), text_of(text), true, except};
  bus_publish(bus, &call, &what);
}

/* All that a connection was sent since the last call, after the end of the
   turn. */
static const char *sent(struct connection *connection) {
  static char text[4096];
  size_t size = 0;
  channels_flush(&registry);
  while (connection->outbox.first) {
    const struct message *message = connection->outbox.first->message;
    memcpy(text + size, message->bytes, message->size);
    size += message->size;
    outbox_pop(&connection->outbox);
  }
  text[size] = '\0';
  return text;
}

#define SENT(connection, expected)                                             \
  do {                                                                         \
    const char *was = sent(connection);                                        \
    CHECK_CASE(strcmp(was, expected) == 0, was);                               \
  } while (0)

static void test_members_get_messages(void) {
  set_up();
  struct connection *ada = open_user("ada"), *bob = open_user("bob"),
                    *eve = open_user("eve");
  CHECK(join(ada, "plain") == JOIN_DONE && join(bob, "plain") == JOIN_DONE);
  publish("plain", "\"said\",1", 0);
  SENT(ada, "[\"said\",1,null,\"plain\"]");
  SENT(bob, "[\"said\",1,null,\"plain\"]");
  SENT(eve, "");
  publish("plain", "\"said\",2", ada->id);
  SENT(ada, "");
  SENT(bob, "[\"said\",2,null,\"plain\"]");
  CHECK(leave(ada, "plain") && !leave(ada, "plain"));
  publish("plain", "\"said\",3", 0);
  SENT(ada, "");
  SENT(bob, "[\"said\",3,null,\"plain\"]");
  publish("nowhere", "\"said\",4", 0); /* nobody is there: nothing is kept */
  CHECK(!channel_find(&registry, text_of("nowhere")));
  tear_down();
}

static void test_seats_move(void) {
  set_up();
  config.limits.channels = 0;
  enum { MANY = 40 };
  struct connection *all[MANY];
  static const char *const names[] = {"a", "b", "c", "d", "e"};
  for (int i = 0; i < MANY; i++) {
    all[i] = open_user("ada");
    for (int j = 0; j < 5; j++)
      join(all[i], names[(i + j) % 5]);
  }
  unsigned random = 1;
  for (int round = 0; round < 4000; round++) {
    random = random * 1103515245 + 12345;
    struct connection *one = all[random / 7 % MANY];
    const char *name = names[random / 1000 % 5];
    struct channel *channel = channel_open(&registry, text_of(name));
    if (membership_find(one, channel))
      leave(one, name);
    else
      join(one, name);
    for (uint32_t i = 0; i < channel->seat_count; i++) {
      const struct seat *seat = &channel->seats[i];
      const struct membership *membership =
          &seat->connection->memberships[seat->place];
      CHECK(seat->place < seat->connection->membership_count);
      CHECK(membership->channel == channel && membership->seat == i);
    }
  }
  tear_down();
}

static void test_limit(void) {
  set_up();
  struct connection *ada = open_user("ada");
  CHECK(join(ada, "a") == JOIN_DONE && join(ada, "b") == JOIN_DONE);
  CHECK(join(ada, "c") == JOIN_DONE && join(ada, "d") == JOIN_LIMIT);
  CHECK(join(ada, "a") == JOIN_DONE); /* it is in it already */
  CHECK(ada->membership_count == 3);
  turn();
  CHECK(!channel_find(&registry, text_of("d")));
  tear_down();
}

static void test_presence_is_of_users(void) {
  set_up();
  struct connection *ada = open_user("ada"), *bob = open_user("bob");
  join(bob, "list:a");
  sent(bob);
  join(ada, "list:a");
  SENT(ada, ""); /* `$joined` has told it */
  SENT(bob, "[\"$members\",{\"came\":{\"ada\":{}},\"count\":2},null,"
            "\"list:a\"]");
  struct connection *tab = open_user("ada");
  join(tab, "list:a");
  SENT(bob, "");
  connection_closed(ada);
  turn();
  SENT(bob, "");
  connection_closed(tab);
  pass(4999);
  SENT(bob, "");
  struct connection *back = open_user("ada"); /* in time */
  join(back, "list:a");
  pass(10000);
  SENT(bob, "");
  connection_closed(back);
  pass(5000);
  SENT(bob, "[\"$members\",{\"went\":[\"ada\"],\"count\":1},null,\"list:a\"]");
  struct connection *again = open_user("ada");
  join(again, "list:a");
  sent(bob);
  leave(again, "list:a"); /* it wanted to: no grace */
  SENT(bob, "[\"$members\",{\"went\":[\"ada\"],\"count\":1},null,\"list:a\"]");
  tear_down();
}

static void test_changes_of_a_turn(void) {
  set_up();
  struct connection *bob = open_user("bob");
  join(bob, "list:a");
  sent(bob);
  struct connection *ada = open_user("ada"), *eve = open_user("eve");
  join(ada, "list:a");
  join(eve, "list:a");
  leave(ada, "list:a"); /* eve was shown it */
  SENT(bob, "[\"$members\",{\"came\":{\"eve\":{}},\"went\":[\"ada\"],"
            "\"count\":2},null,\"list:a\"]");
  leave(eve, "list:a");
  join(eve, "list:a");
  SENT(bob, "");
  channel_join(channel_open(&registry, text_of("list:a")), eve,
               text_of("{\"n\":1}"));
  SENT(bob, "[\"$members\",{\"came\":{\"eve\":{\"n\":1}},\"count\":2},null,"
            "\"list:a\"]");
  channel_join(channel_open(&registry, text_of("list:a")), eve,
               text_of("{\"n\":2}"));
  leave(eve, "list:a"); /* known with another info */
  SENT(bob, "[\"$members\",{\"went\":[\"eve\"],\"count\":1},null,"
            "\"list:a\"]");
  tear_down();
}

static void test_joining_in_between(void) {
  set_up();
  struct connection *bob = open_user("bob"), *ada = open_user("ada");
  join(bob, "list:a");
  join(ada, "list:a");
  sent(bob);
  struct connection *eve = open_user("eve");
  leave(ada, "list:a");
  join(eve, "list:a"); /* is shown bob and eve */
  join(ada, "list:a");
  SENT(eve, "[\"$members\",{\"came\":{\"ada\":{},\"eve\":{}},\"count\":3},"
            "null,\"list:a\"]");
  leave(eve, "list:a");
  sent(bob);
  leave(ada, "list:a");
  join(eve, "list:a");
  SENT(bob, "[\"$members\",{\"came\":{\"eve\":{}},\"went\":[\"ada\"],"
            "\"count\":2},null,\"list:a\"]");
  tear_down();
}

static void test_counts(void) {
  set_up();
  struct connection *bob = open_user("bob");
  join(bob, "count:a");
  SENT(bob, ""); /* `$joined` has told it */
  struct connection *guest = open_guest();
  join(guest, "count:a");
  join(open_guest(), "count:a");
  SENT(bob, "");
  pass(1000);
  SENT(bob, "[\"$members\",{\"count\":3},null,\"count:a\"]");
  pass(5000);
  SENT(bob, "");
  connection_closed(guest);
  turn();
  SENT(bob, "[\"$members\",{\"count\":2},null,\"count:a\"]");
  tear_down();
}

static void test_crowds(void) {
  set_up();
  struct connection *bob = open_user("bob"), *crowd[10];
  char id[] = "x0";
  join(bob, "list:a");
  sent(bob);
  for (int i = 0; i < 10; i++) {
    id[1] = (char)('0' + i);
    join(crowd[i] = open_user(id), "list:a");
  }
  SENT(bob, "[\"$members\",{\"count\":11,\"listed\":false},null,\"list:a\"]");
  leave(crowd[0], "list:a"); /* 10: still counted */
  pass(1000);
  SENT(bob, "[\"$members\",{\"count\":10},null,\"list:a\"]");
  for (int i = 1; i < 9; i++)
    leave(crowd[i], "list:a");
  SENT(bob, "[\"$members\",{\"members\":{\"bob\":{},\"x9\":{}},\"count\":2,"
            "\"listed\":true},null,\"list:a\"]");
  leave(crowd[9], "list:a");
  SENT(bob, "[\"$members\",{\"went\":[\"x9\"],\"count\":1},null,\"list:a\"]");
  tear_down();
}

static void test_guest_logs_in(void) {
  set_up();
  struct connection *bob = open_user("bob"), *guest = open_guest();
  join(bob, "list:a");
  join(guest, "list:a");
  sent(bob);
  user_join(user_add(&registry, text_of("ada"), false), guest);
  SENT(bob, "[\"$members\",{\"came\":{\"ada\":{}},\"count\":2},null,"
            "\"list:a\"]");
  tear_down();
}

static void test_hooks(void) {
  set_up();
  struct connection *ada = open_user("ada"), *bob = open_user("bob");
  join(ada, "plain");
  join(bob, "plain");
  turn();
  CHECK(strcmp(hooks, "+plain") == 0);
  leave(ada, "plain");
  turn();
  connection_closed(bob);
  pass(4999);
  CHECK(strcmp(hooks, "+plain") == 0);
  join(ada, "plain");
  turn();
  leave(ada, "plain"); /* but bob may still come back */
  turn();
  CHECK(strcmp(hooks, "+plain") == 0);
  pass(1);
  CHECK(strcmp(hooks, "+plain-plain") == 0);
  CHECK(!channel_find(&registry, text_of("plain")));
  join(ada, "plain");
  leave(ada, "plain"); /* in one turn: each once */
  turn();
  CHECK(strcmp(hooks, "+plain-plain+plain-plain") == 0);
  tear_down();
}

static struct bus_answer last;
static char missed[256];

static void on_read(struct bus_call *call, const struct bus_answer *answer) {
  (void)call;
  last = *answer;
  missed[0] = '\0';
  for (size_t i = 0; i < answer->kept_count; i++)
    strncat(missed, answer->kept[i].message.bytes,
            answer->kept[i].message.size);
}

static void read_after(uint64_t after, uint64_t epoch) {
  struct bus_call call = {on_read};
  struct bus_read read = {.channel = text_of("list:a"),
                          .after = after,
                          .is_recovery = true,
                          .epoch = epoch};
  bus_read(bus, &call, &read);
}

static void test_history(void) {
  set_up();
  publish("list:a", "\"m\",1", 0); /* nobody is there, but it is kept */
  struct connection *ada = open_user("ada");
  join(ada, "list:a");
  sent(ada);
  publish("list:a", "\"m\",2", 0);
  SENT(ada, "[\"m\",2,null,\"list:a\",2]");
  read_after(0, 0);
  uint64_t epoch = last.epoch;
  CHECK(!last.is_recovered && epoch != 0 && last.position == 2);
  read_after(0, epoch);
  CHECK(last.is_recovered && strcmp(missed, "\"m\",1\"m\",2") == 0);
  publish("list:a", "\"m\",3", 0);
  publish("list:a", "\"m\",4", 0);
  read_after(0, epoch); /* too long ago */
  CHECK(!last.is_recovered && last.kept_count == 0);
  read_after(1, epoch);
  CHECK(last.is_recovered && last.kept_count == 3);
  read_after(4, epoch);
  CHECK(last.is_recovered && last.kept_count == 0);
  read_after(5, epoch); /* of the future */
  CHECK(!last.is_recovered);
  leave(ada, "list:a");
  pass(59999);
  read_after(3, epoch);
  CHECK(last.is_recovered);
  pass(1);
  CHECK(!channel_find(&registry, text_of("list:a")));
  join(ada, "list:a");
  read_after(3, epoch); /* another history */
  CHECK(!last.is_recovered && last.epoch != epoch);
  tear_down();
}

static void test_new_rules(void) {
  set_up();
  struct connection *ada = open_user("ada"), *bob = open_user("bob");
  join(ada, "plain");
  join(bob, "plain");
  sent(ada);
  rules[0].presence = PRESENCE_LISTED;
  channels_use_rules(&registry);
  SENT(ada, "[\"$members\",{\"members\":{\"ada\":{},\"bob\":{}},\"count\":2,"
            "\"listed\":true},"
            "null,\"plain\"]");
  rules[0].presence = PRESENCE_COUNT;
  channels_use_rules(&registry);
  SENT(ada, "[\"$members\",{\"count\":2,\"listed\":false},null,\"plain\"]");
  rules[0].presence = PRESENCE_NONE;
  channels_use_rules(&registry);
  leave(bob, "plain");
  pass(2000);
  SENT(ada, "");
  tear_down();
}

/* With on_slow = "drop" a member may lose what is not kept, and nothing else:
   it is closed, and comes back for what it has missed. */
static void test_slow_readers(void) {
  set_up();
  config.limits.queue_size = 10;
  config.limits.on_slow = SLOW_DROP;
  struct connection *ada = open_user("ada"), *bob = open_user("bob");
  join(ada, "plain");
  join(bob, "list:a");
  sent(ada);
  sent(bob);
  for (int i = 0; i < 3; i++) {
    publish("plain", "\"said\",1", 0);
    ada->outbox.fresh = 0; /* the socket takes nothing */
  }
  CHECK(ada->state == CONNECTION_OPEN && registry.counters.dropped == 2);
  for (int i = 0; i < 3; i++) {
    publish("list:a", "\"said\",1", 0);
    bob->outbox.fresh = 0;
  }
  CHECK(bob->state == CONNECTION_CLOSING && bob->close_code == 4008);
  CHECK(registry.counters.dropped == 2);
  tear_down();
}

int main(void) {
  test_slow_readers();
  test_members_get_messages();
  test_seats_move();
  test_limit();
  test_presence_is_of_users();
  test_changes_of_a_turn();
  test_joining_in_between();
  test_counts();
  test_crowds();
  test_guest_logs_in();
  test_hooks();
  test_history();
  test_new_rules();
  return check_report();
}

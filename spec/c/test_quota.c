/*
** What is kept for whom, and for how long it is counted.
*/
#include "check.h"
#include "lib/timers.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/registry.h"
#include "model/user.h"

#include <stdio.h>

static struct config config = {.offline_after = 0};
static struct timers timers;
static struct registry registry;
static uint64_t now;

static uint64_t read_clock(void *context) {
  (void)context;
  return now;
}

static struct connection *open_from(const char *address) {
  static const char text[] = "GET / HTTP/1.1\r\n\r\n";
  struct head *head = head_new(text, sizeof text - 1);
  snprintf(head->address, sizeof head->address, "%s", address);
  return connection_open(&registry, head);
}

static struct connection *join(struct user *user, const char *address) {
  struct connection *connection = open_from(address);
  user_join(user, connection);
  return connection;
}

static void begin(uint64_t per_user, uint64_t per_address, uint64_t memory) {
  config.limits = (struct limits){.waiting_per_user = per_user,
                                  .waiting_per_address = per_address,
                                  .memory = memory};
  timers_open(&timers, read_clock, NULL);
  registry_open(&registry, &config, &timers);
}

static void end(void) {
  registry_close(&registry);
  timers_close(&timers);
}

static struct user *add(const char *id) {
  return user_add(&registry, text_of(id), false);
}

static void test_user(void) {
  begin(1000, 0, 0);
  struct user *ada = add("ada");
  struct connection *first = join(ada, "192.0.2.1");
  struct connection *second = join(ada, "192.0.2.2");
  struct charge charges[2] = {0};
  CHECK(quota_check(first, 5000) == QUOTA_FITS); /* nothing is kept */
  charge_connection(&charges[0], first, 600);
  charge_connection(&charges[1], second, 300);
  CHECK(quota_check(first, 100) == QUOTA_FITS);
  CHECK(quota_check(second, 101) == QUOTA_OF_USER);
  CHECK(quota_check(second, UINT64_MAX) == QUOTA_OF_USER);
  charge_connection(&charges[0], first, 200);
  CHECK(quota_check(second, 500) == QUOTA_FITS);
  /* Another user from here on. */
  struct user *bob = add("bob");
  user_join(bob, second);
  CHECK(quota_check(second, 5000) == QUOTA_FITS);
  charge_connection(&charges[1], second, 900);
  CHECK(quota_check(second, 101) == QUOTA_OF_USER);
  CHECK(quota_check(first, 800) == QUOTA_FITS);
  charge_end(&charges[0]);
  charge_end(&charges[0]);
  charge_end(&charges[1]);
  CHECK(quota_check(second, 5000) == QUOTA_FITS);
  end();
}

static void test_address(void) {
  begin(0, 1000, 0);
  struct connection *first = open_from("2001:db8::1");
  struct connection *second = open_from("2001:db8::2");
  struct connection *other = open_from("2001:db8:0:1::1");
  struct connection *local = open_from("unix");
  struct charge charges[2] = {0};
  charge_connection(&charges[0], first, 1000);
  CHECK(quota_check(second, 1) == QUOTA_OF_ADDRESS);
  CHECK(quota_check(other, 5000) == QUOTA_FITS);
  CHECK(quota_check(local, 5000) == QUOTA_FITS);
  charge_connection(&charges[1], local, 1000);
  CHECK(quota_check(local, 1) == QUOTA_OF_ADDRESS);
  struct quota *quota = quota_of_address(&registry.quotas, "2001:db8::");
  CHECK(quota_check_address(quota, &config.limits, 1) == QUOTA_OF_ADDRESS);
  charge_address(&charges[0], quota, 10);
  CHECK(quota->bytes[KEPT_IN] == 10);
  quota_unref(quota);
  charge_end(&charges[0]);
  charge_end(&charges[1]);
  end();
}

static void test_memory(void) {
  begin(1000000, 1000000, 16000);
  struct connection *connection = join(add("ada"), "192.0.2.1");
  struct charge charge = {0};
  charge_connection(&charge, connection, 900);
  CHECK(quota_check(connection, 101) == QUOTA_OF_USER);
  user_leave(connection);
  CHECK(quota_check(connection, 3100) == QUOTA_FITS);
  CHECK(quota_check(connection, 3101) == QUOTA_OF_ADDRESS);
  charge_end(&charge);
  end();
}

/* Whoever comes back finds what was kept. */
static void test_lifetime(void) {
  begin(1000, 0, 0);
  struct charge charge = {0};
  struct connection *connection = join(add("ada"), "192.0.2.1");
  charge_connection(&charge, connection, 1000);
  connection_closed(connection);
  registry_reap(&registry);
  timers_run(&timers);
  CHECK(registry_user_count(&registry) == 0);
  CHECK(registry.quotas.users.count == 1);
  connection = join(add("ada"), "192.0.2.1");
  CHECK(quota_check(connection, 1) == QUOTA_OF_USER);
  charge_end(&charge);
  CHECK(quota_check(connection, 5000) == QUOTA_FITS);
  connection_closed(connection);
  registry_reap(&registry);
  timers_run(&timers);
  CHECK(registry.quotas.users.count == 0);
  CHECK(registry.quotas.addresses.count == 0);
  end();
}

static void send_much(struct connection *connection) {
  struct message *message = message_new(MESSAGE_TEXT, NULL, 1000);
  CHECK(connection_send(connection, message));
  message_unref(message);
  connection->outbox.fresh = 0; /* as net does that cannot write it */
  connection_charge_output(connection);
}

/* Who does not read may have as much as 16 of a user that are full. */
static void test_output(void) {
  enum { COUNT = 40 };
  struct connection *each[COUNT];
  begin(0, 0, 0);
  config.limits.queue_size = 2000;
  struct user *ada = add("ada");
  int full = 0;
  for (int i = 0; i < COUNT; i++)
    each[i] = join(ada, "192.0.2.1");
  for (; full < COUNT && !quota_is_slow(each[0]); full++)
    send_much(each[full]);
  CHECK(full > 30 && full < 33);
  CHECK(quota_check(each[COUNT - 1], 1) == QUOTA_OF_USER);
  CHECK(quota_check(join(add("bob"), "192.0.2.1"), 1) == QUOTA_FITS);
  struct connection *quick = each[COUNT - 1];
  send_much(quick); /* nothing waited for it */
  struct message *message = message_new(MESSAGE_TEXT, "x", 1);
  CHECK(!connection_send(each[0], message));
  CHECK(each[0]->close_code == CLOSE_SLOW_READER);
  connection_closed(each[1]);
  connection_closed(each[2]);
  CHECK(connection_send(each[3], message));
  message_unref(message);
  for (int i = 0; i < COUNT; i++)
    connection_closed(each[i]);
  CHECK(ada->quota->bytes[KEPT_OUT] == 0);
  registry_reap(&registry);
  end();
}

/* What many are sent is there once. */
static void test_broadcast(void) {
  enum { COUNT = 40 };
  struct connection *each[COUNT];
  begin(0, 0, 0);
  config.limits.queue_size = 2000;
  struct user *ada = add("ada");
  struct message *message = message_new(MESSAGE_TEXT, NULL, 1000);
  for (int i = 0; i < COUNT; i++) {
    each[i] = join(ada, "192.0.2.1");
    CHECK(connection_send(each[i], message));
    each[i]->outbox.fresh = 0;
    connection_charge_output(each[i]);
  }
  message_unref(message);
  CHECK(ada->quota->bytes[KEPT_OUT] == 1000 + OUTBOX_OVERHEAD);
  for (int i = 0; i < COUNT; i++)
    outbox_close(&each[i]->outbox);
  CHECK(each[0]->outbox.own == 0);
  connection_charge_output(each[0]);
  CHECK(ada->quota->bytes[KEPT_OUT] == 0);
  end();
}

int main(void) {
  test_output();
  test_broadcast();
  test_user();
  test_address();
  test_memory();
  test_lifetime();
  return check_report();
}

/*
** How many sockets an address may hold.
*/
#include "check.h"
#include "model/address_limit.h"

#include <string.h>

static struct address_limit address_limit;

static struct address at(const char *text) {
  struct address address = {0};
  CHECK_CASE(address_scan(&address, text_of(text)), text);
  return address;
}

static bool enter(struct address_place *place, const char *text) {
  struct address address = at(text);
  *place = (struct address_place){0};
  return address_limit_enter(&address_limit, place, &address, 2);
}

static void test_limit(void) {
  struct address_place places[5];
  address_limit_open(&address_limit, 7);
  for (int i = 0; i < 4; i++) {
    CHECK(enter(&places[i], "192.0.2.1"));
    CHECK(address_limit_may_stay(&places[i], 2) == (i < 2));
  }
  CHECK(!enter(&places[4], "192.0.2.1")); /* not even to be told so */
  CHECK(enter(&places[4], "192.0.2.2"));
  address_limit_leave(&address_limit, &places[0]);
  CHECK(address_limit_may_stay(&places[3], 2)); /* there is room now */
  CHECK(!address_limit_may_stay(&places[2], 2));
  CHECK(address_limit_may_stay(&places[2], 0)); /* no limit any more */
  for (int i = 0; i < 5; i++) {
    address_limit_leave(&address_limit, &places[i]);
    address_limit_leave(&address_limit, &places[i]);
  }
  CHECK(address_limit.members.count == 0);
  address_limit_close(&address_limit);
}

static void test_networks(void) {
  struct address_place places[4];
  address_limit_open(&address_limit, 7);
  CHECK(enter(&places[0], "2001:db8::1") && enter(&places[1], "2001:db8::2"));
  CHECK(enter(&places[2], "2001:db8::3"));
  CHECK(!address_limit_may_stay(&places[2], 2));
  CHECK(enter(&places[3], "2001:db8:0:1::3"));
  CHECK(address_limit_may_stay(&places[3], 2));
  address_limit_close(&address_limit); /* with those who are still there */
}

static void test_many(void) {
  enum { COUNT = 5000 };
  static struct address_place places[COUNT];
  address_limit_open(&address_limit, 7);
  for (uint32_t i = 0; i < COUNT; i++) {
    uint8_t bytes[4];
    memcpy(bytes, &i, sizeof bytes);
    struct address address = address_of_ipv4(bytes);
    CHECK(address_limit_enter(&address_limit, &places[i], &address, 1));
  }
  CHECK(address_limit.members.count == COUNT);
  for (int i = 0; i < COUNT; i++) {
    CHECK(address_limit_may_stay(&places[i], 1));
    address_limit_leave(&address_limit, &places[i]);
  }
  CHECK(address_limit.members.count == 0);
  address_limit_close(&address_limit);
}

int main(void) {
  test_limit();
  test_networks();
  test_many();
  return check_report();
}

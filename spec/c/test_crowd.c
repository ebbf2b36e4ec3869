/*
** How many sockets an address may hold.
*/
#include "check.h"
#include "net/peer/address_limit.h"

#include <string.h>

static struct crowd crowd;

static struct address at(const char *text) {
  struct address address = {0};
  CHECK_CASE(address_scan(&address, text_of(text)), text);
  return address;
}

static bool enter(struct crowd_place *place, const char *text) {
  struct address address = at(text);
  *place = (struct crowd_place){0};
  return crowd_enter(&crowd, place, &address, 2);
}

static void test_limit(void) {
  struct crowd_place places[5];
  crowd_open(&crowd, 7);
  for (int i = 0; i < 4; i++) {
    CHECK(enter(&places[i], "192.0.2.1"));
    CHECK(crowd_may_stay(&places[i], 2) == (i < 2));
  }
  CHECK(!enter(&places[4], "192.0.2.1")); /* not even to be told so */
  CHECK(enter(&places[4], "192.0.2.2"));
  crowd_leave(&crowd, &places[0]);
  CHECK(crowd_may_stay(&places[3], 2)); /* there is room now */
  CHECK(!crowd_may_stay(&places[2], 2));
  CHECK(crowd_may_stay(&places[2], 0)); /* no limit any more */
  for (int i = 0; i < 5; i++) {
    crowd_leave(&crowd, &places[i]);
    crowd_leave(&crowd, &places[i]);
  }
  CHECK(crowd.members.count == 0);
  crowd_close(&crowd);
}

static void test_networks(void) {
  struct crowd_place places[4];
  crowd_open(&crowd, 7);
  CHECK(enter(&places[0], "2001:db8::1") && enter(&places[1], "2001:db8::2"));
  CHECK(enter(&places[2], "2001:db8::3"));
  CHECK(!crowd_may_stay(&places[2], 2));
  CHECK(enter(&places[3], "2001:db8:0:1::3"));
  CHECK(crowd_may_stay(&places[3], 2));
  crowd_close(&crowd); /* with those who are still there */
}

static void test_many(void) {
  enum { COUNT = 5000 };
  static struct crowd_place places[COUNT];
  crowd_open(&crowd, 7);
  for (uint32_t i = 0; i < COUNT; i++) {
    uint8_t bytes[4];
    memcpy(bytes, &i, sizeof bytes);
    struct address address = address_of_ipv4(bytes);
    CHECK(crowd_enter(&crowd, &places[i], &address, 1));
  }
  CHECK(crowd.members.count == COUNT);
  for (int i = 0; i < COUNT; i++) {
    CHECK(crowd_may_stay(&places[i], 1));
    crowd_leave(&crowd, &places[i]);
  }
  CHECK(crowd.members.count == 0);
  crowd_close(&crowd);
}

int main(void) {
  test_limit();
  test_networks();
  test_many();
  return check_report();
}

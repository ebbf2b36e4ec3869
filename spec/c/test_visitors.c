/*
** Who has to go first, of those who are no WebSockets.
*/
#include "check.h"
#include "net/socket/visitors.h"

static struct visitors visitors;
static struct visitor each[6];

static void put(int i, enum visit visit) {
  visitors_put(&visitors, &each[i], visit);
}

static bool is_first(int i) {
  return visitors_first(&visitors) == &each[i];
}

static void test_order(void) {
  CHECK(!visitors_first(&visitors));
  put(0, VISIT_ANSWER);
  CHECK(is_first(0));
  put(1, VISIT_BODY);
  CHECK(is_first(1));
  put(2, VISIT_HEAD);
  put(3, VISIT_HEAD);
  CHECK(is_first(2)); /* for whom it has been longer */
  put(4, VISIT_IDLE);
  CHECK(is_first(4));
  put(5, VISIT_LEAVING);
  CHECK(is_first(5) && visitors.count == 6);
}

static void test_changes(void) {
  put(5, VISIT_NONE);
  put(5, VISIT_NONE);
  CHECK(visitors.count == 5 && is_first(4));
  put(4, VISIT_HEAD); /* behind the others */
  put(2, VISIT_HEAD); /* anew */
  CHECK(is_first(3));
  put(3, VISIT_NONE);
  CHECK(is_first(4));
  put(4, VISIT_NONE);
  CHECK(is_first(2));
  put(2, VISIT_NONE);
  CHECK(is_first(1));
  put(1, VISIT_NONE);
  put(0, VISIT_NONE);
  CHECK(!visitors_first(&visitors) && visitors.count == 0);
}

int main(void) {
  test_order();
  test_changes();
  return check_report();
}

/*
** Who may not become a user any more, and what is forgotten of it.
*/
#include "check.h"

#include "model/disconnects.h"

#include <stdio.h>
#include <string.h>

static struct disconnects disconnects;

static void begin(void) {
  disconnects_close(&disconnects);
  disconnects_open(&disconnects, 20240229);
}

static void add(const char *id, uint64_t moment, uint64_t by) {
  disconnects_add(&disconnects, text_of(id), moment, by, 4003, "sent away");
}

static bool is_meant(const char *id, uint64_t began) {
  return disconnects_find(&disconnects, text_of(id), began) != NULL;
}

static void test_before_and_after(void) {
  begin();
  CHECK(!is_meant("ada", 1));
  add("ada", 5, 0);
  CHECK(is_meant("ada", 4));
  CHECK(!is_meant("ada", 6));
  CHECK(!is_meant("bob", 4));
  CHECK(!is_meant("ad", 4));
  CHECK(!disconnects_may_miss(&disconnects, 1));
}

static void test_the_last_counts(void) {
  begin();
  disconnects_add(&disconnects, text_of("ada"), 5, 0, 4100, "first");
  disconnects_add(&disconnects, text_of("ada"), 9, 0, 4101, "second");
  CHECK(is_meant("ada", 4));
  CHECK(is_meant("ada", 7));
  CHECK(!is_meant("ada", 10));
  CHECK(disconnects.by_id.count == 1);
  const struct disconnect *last =
      disconnects_find(&disconnects, text_of("ada"), 7);
  CHECK(last && last->code == 4101 && strcmp(last->reason, "second") == 0);
}

/* Who disconnects is not meant, unless somebody else had meant it before. */
static void test_who_asks(void) {
  begin();
  add("ada", 5, 3);
  CHECK(!is_meant("ada", 3));
  CHECK(is_meant("ada", 2));
  CHECK(is_meant("ada", 4));
  add("ada", 6, 3);
  CHECK(!is_meant("ada", 3));
  add("ada", 8, 4);
  CHECK(is_meant("ada", 4)); /* by the one at 6 */
  CHECK(is_meant("ada", 3));
}

static void test_forgetting(void) {
  begin();
  for (uint64_t i = 0; i < 10; i++) {
    char id[16];
    snprintf(id, sizeof id, "user %d", (int)i);
    add(id, 10 + i, 0);
  }
  add("user 0", 30, 0); /* is the newest now */
  disconnects_forget(&disconnects, 14);
  CHECK(disconnects.by_id.count == 7);
  CHECK(!is_meant("user 3", 1));
  CHECK(is_meant("user 4", 1));
  CHECK(is_meant("user 0", 1));
  CHECK(disconnects_may_miss(&disconnects, 12));
  CHECK(!disconnects_may_miss(&disconnects, 13));
  disconnects_forget(&disconnects, 1000);
  CHECK(disconnects.by_id.count == 0);
  CHECK(list_is_empty(&disconnects.by_age));
  add("user 1", 40, 0);
  CHECK(is_meant("user 1", 39));
}

static void test_bound(void) {
  begin();
  char id[16];
  for (int i = 0; i < DISCONNECTS_MAX + 100; i++) {
    snprintf(id, sizeof id, "%d", i);
    add(id, 1000 + (uint64_t)i, 0);
  }
  CHECK(disconnects.by_id.count == DISCONNECTS_MAX);
  CHECK(!is_meant("99", 1));
  CHECK(is_meant("100", 1));
  CHECK(is_meant(id, 1));
  CHECK(disconnects_may_miss(&disconnects, 1098));
  CHECK(!disconnects_may_miss(&disconnects, 1099));
  add("100", 1000000, 0); /* replaces its own */
  CHECK(disconnects.by_id.count == DISCONNECTS_MAX);
  CHECK(!disconnects_may_miss(&disconnects, 1099));
}

int main(void) {
  test_before_and_after();
  test_the_last_counts();
  test_who_asks();
  test_forgetting();
  test_bound();
  disconnects_close(&disconnects);
  return check_report();
}

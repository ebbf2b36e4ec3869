/*
** What is told of a storm: its first, and then a sum a minute.
*/
#include "check.h"
#include "lib/log.h"
#include "model/limit_hits.h"

#include <string.h>
#include <unistd.h>

static struct limit_hits limit_hits;
static int ends[2];

/* Everything that was logged since. */
static const char *logged(void) {
  static char text[4096];
  CHECK(write(ends[1], "", 1) == 1);
  ssize_t size = read(ends[0], text, sizeof text - 1);
  text[size > 0 ? size : 0] = '\0';
  return text;
}

static void pass(int seconds) {
  for (int i = 0; i < seconds; i++) {
    limit_hits_pass(&limit_hits, 1);
  }
}

static void test_storm(void) {
  CHECK(limit_hit_add(&limit_hits, LIMIT_HIT_RATE));
  for (int i = 0; i < 1000; i++) {
    CHECK(!limit_hit_add(&limit_hits, LIMIT_HIT_RATE));
  }
  CHECK(limit_hit_add(&limit_hits,
                      LIMIT_HIT_ORIGINS)); /* each cause for itself */
  pass(59);
  CHECK(strcmp(logged(), "") == 0);
  pass(1);
  CHECK(strstr(logged(), "warn 1000 more in the last minute: rate\n"));
  CHECK(!limit_hit_add(&limit_hits, LIMIT_HIT_RATE)); /* it may be going on */
  pass(60);
  CHECK(strstr(logged(), "warn 1 more in the last minute: rate\n"));
  CHECK(limit_hits.of[LIMIT_HIT_RATE].total == 1002);
}

static void test_calm(void) {
  pass(200);
  CHECK(strcmp(logged(), "") == 0);
  CHECK(limit_hit_add(&limit_hits, LIMIT_HIT_RATE));
  CHECK(limit_hits.of[LIMIT_HIT_ORIGINS].total == 1);
}

static void test_names(void) {
  for (int i = 0; i < LIMIT_HIT_CAUSES; i++) {
    CHECK(limit_hit_names[i] != NULL);
  }
}

int main(void) {
  if (pipe(ends) != 0) return 1;
  log_open(LOG_WARN, LOG_TEXT);
  log_to(ends[1]);
  test_storm();
  test_calm();
  test_names();
  return check_report();
}

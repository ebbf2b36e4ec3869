/* What a channel keeps: positions, the three bounds, ranges. */
#include "lib/timers.h"
#include "model/epoch.h"
#include "model/history.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

static struct timers timers;
static struct histories all;
static uint64_t now;
static int expired;

static uint64_t fake_clock(void *context) {
  (void)context;
  return now;
}

static void on_expired(struct history *history) {
  (void)history;
  expired++;
}

static void set_up(void) {
  now = 1000;
  expired = 0;
  timers_open(&timers, fake_clock, NULL);
  all = (struct histories){.timers = &timers};
}

static struct history *open_one(void) {
  struct history *history = history_new(&all, 7, 0);
  history->on_expired = on_expired;
  return history;
}

static void pass(uint64_t milliseconds) {
  now += milliseconds;
  timers_run(&timers);
}

static void add(struct history *history, uint32_t count, uint32_t most) {
  char text[32];
  for (uint32_t i = 0; i < count; i++) {
    snprintf(text, sizeof text, "\"m\",%d", (int)history->position + 1);
    uint64_t expected = history->position + 1;
    CHECK(history_add(history, text_of(text), most, 5000, 0) == expected);
  }
}

/* The positions of a range as text: "3 4 5". */
static const char *positions(const struct history *history, uint64_t after,
                             uint64_t before, uint32_t limit, bool from_start) {
  static char text[256];
  struct history_range range =
      history_find(history, after, before, limit, from_start);
  size_t size = 0;
  text[0] = '\0';
  for (uint32_t i = 0; i < range.count; i++) {
    const struct kept_message *kept = history_get(history, range, i);
    char expected[32];
    snprintf(expected, sizeof expected, "\"m\",%d", (int)kept->position);
    CHECK(strlen(expected) == kept->size &&
          memcmp(expected, kept->bytes, kept->size) == 0);
    size += (size_t)snprintf(text + size, sizeof text - size, "%s%d",
                             i > 0 ? " " : "", (int)kept->position);
  }
  return text;
}

static void test_ranges(void) {
  set_up();
  struct history *history = open_one();
  CHECK(strcmp(positions(history, 0, 0, 0, false), "") == 0);
  add(history, 9, 5);
  CHECK(strcmp(positions(history, 0, 0, 0, false), "5 6 7 8 9") == 0);
  CHECK(strcmp(positions(history, 6, 0, 0, false), "7 8 9") == 0);
  CHECK(strcmp(positions(history, 9, 0, 0, false), "") == 0);
  CHECK(strcmp(positions(history, UINT64_MAX, 0, 0, false), "") == 0);
  CHECK(strcmp(positions(history, 0, 7, 0, false), "5 6") == 0);
  CHECK(strcmp(positions(history, 0, 5, 0, false), "") == 0);
  CHECK(strcmp(positions(history, 0, 1, 0, false), "") == 0);
  CHECK(strcmp(positions(history, 0, 0, 2, false), "8 9") == 0);
  CHECK(strcmp(positions(history, 0, 0, 2, true), "5 6") == 0);
  CHECK(strcmp(positions(history, 5, 9, 2, true), "6 7") == 0);
  CHECK(strcmp(positions(history, 7, 6, 0, false), "") == 0);
  CHECK(strcmp(positions(history, 0, UINT64_MAX, 0, false), "5 6 7 8 9") == 0);
  history_free(history);
  CHECK(all.bytes == 0);
}

static void test_reach(void) {
  set_up();
  struct history *history = open_one();
  CHECK(history_reaches(history, 0));
  CHECK(!history_reaches(history, 1));
  add(history, 9, 5);
  CHECK(!history_reaches(history, 3)); /* 4 is gone */
  CHECK(history_reaches(history, 4));
  CHECK(history_reaches(history, 9));
  CHECK(!history_reaches(history, 10));
  CHECK(!history_reaches(history, UINT64_MAX));
  history_clear(history);
  CHECK(!history_reaches(history, 8));
  CHECK(history_reaches(history, 9));
  CHECK(history->position == 9);
  history_free(history);
}

static void test_time(void) {
  set_up();
  struct history *history = open_one();
  add(history, 2, 5);
  pass(4000);
  add(history, 1, 5); /* the time begins anew */
  pass(4000);
  CHECK(history->count == 3);
  pass(1000);
  CHECK(history->count == 0 && expired == 1);
  CHECK(history->position == 3);
  add(history, 1, 5);
  CHECK(history->position == 4 && history->count == 1);
  history_free(history);
  pass(10000);
  CHECK(expired == 1);
}

static void test_smaller_size(void) {
  set_up();
  struct history *history = open_one();
  add(history, 8, 8);
  add(history, 1, 3); /* a reload has made it smaller */
  CHECK(strcmp(positions(history, 0, 0, 0, false), "7 8 9") == 0);
  add(history, 20, 16);
  CHECK(history->count == 16);
  history_free(history);
}

static void test_bytes(void) {
  set_up();
  struct history *silent = open_one(), *busy = open_one();
  char text[1000];
  memset(text, ' ', sizeof text);
  struct text message = {text, sizeof text};
  history_add(silent, message, 10, 5000, 0);
  history_add(silent, message, 10, 5000, 0);
  history_add(busy, message, 10, 5000, 0);
  size_t three = all.bytes;
  history_add(busy, message, 10, 5000, three); /* the silent one gives */
  CHECK(silent->count == 1 && busy->count == 2 && all.bytes == three);
  history_add(busy, message, 10, 5000, three);
  CHECK(silent->count == 0 && expired == 1 && busy->count == 3);
  history_add(busy, message, 10, 5000, three); /* only it is left */
  CHECK(busy->count == 3 && all.dropped == 3);
  history_add(busy, message, 10, 5000, 1); /* the newest stays */
  CHECK(busy->count == 1 && busy->position == 5);
  history_free(silent);
  history_free(busy);
  CHECK(all.bytes == 0);
}

static void test_epochs(void) {
  char text[EPOCH_TEXT_SIZE];
  uint64_t first = epoch_random();
  CHECK(first > 0 && first < UINT64_C(1) << 40);
  CHECK(first != epoch_random());
  epoch_print(first, text);
  CHECK(epoch_scan(text_of(text)) == first);
  epoch_print(35 * 36 + 10, text);
  CHECK(strcmp(text, "za") == 0);
  CHECK(epoch_scan(text_of("")) == 0 && epoch_scan(text_of("A")) == 0);
  CHECK(epoch_scan(text_of("zzzzzzzzzzzzz")) == 0);
  CHECK(epoch_scan((struct text){"a\0", 2}) == 0);
}

int main(void) {
  test_ranges();
  test_reach();
  test_time();
  test_smaller_size();
  test_bytes();
  test_epochs();
  return check_report();
}

/*
** Bytes that grow, views of them, and the clock.
*/
#include "check.h"

#include "lib/buffer.h"
#include "lib/clock.h"
#include "lib/text.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

static bool holds(const struct buffer *buffer, const char *text) {
  return buffer->size == strlen(text) &&
         memcmp(buffer->bytes, text, buffer->size) == 0;
}

static void test_append(void) {
  struct buffer buffer = {0};
  CHECK(buffer_append(&buffer, NULL, 0));
  CHECK(buffer.size == 0);
  CHECK(buffer_append(&buffer, "ab", 2));
  CHECK(buffer_append_string(&buffer, "cd"));
  CHECK(buffer_append_string(&buffer, ""));
  CHECK(holds(&buffer, "abcd"));
  buffer_free(&buffer);
  CHECK(!buffer.bytes && buffer.size == 0 && buffer.capacity == 0);
  buffer_free(&buffer);
}

static void test_many_appends(void) {
  struct buffer buffer = {0};
  for (int i = 0; i < 100000; i++) {
    char byte = (char)i;
    buffer_append(&buffer, &byte, 1);
  }
  CHECK(buffer.size == 100000 && !buffer.failed);
  bool same = true;
  for (int i = 0; i < 100000; i++) {
    same = same && buffer.bytes[i] == (char)i;
  }
  CHECK(same);
  buffer_free(&buffer);
}

static void test_reserve(void) {
  struct buffer buffer = {0};
  CHECK(buffer_reserve(&buffer, 0) != NULL);
  buffer_append_string(&buffer, "ab");
  char *place = buffer_reserve(&buffer, 1000);
  CHECK(place == buffer.bytes + 2);
  memset(place, 'c', 1000);
  CHECK(buffer.size == 2);
  buffer.size += 1000;
  CHECK(buffer.bytes[0] == 'a' && buffer.bytes[1001] == 'c');
  buffer_free(&buffer);
}

static void test_print(void) {
  struct buffer buffer = {0};
  CHECK(buffer_print(&buffer, "%d-%s", 42, "x"));
  CHECK(holds(&buffer, "42-x"));
  CHECK(buffer_print(&buffer, "%0200d", 7));
  CHECK(buffer.size == 204 && buffer.bytes[203] == '7');
  buffer_free(&buffer);
}

static void test_clear(void) {
  struct buffer buffer = {0};
  buffer_append_string(&buffer, "again");
  CHECK(holds(&buffer, "again"));
  char *before = buffer.bytes;
  buffer_clear(&buffer);
  CHECK(buffer.size == 0 && buffer.bytes == before && buffer.capacity > 0);
  buffer_free(&buffer);
}

/* More than there can be, so that no allocator has to fail. */
static void test_no_room(void) {
  struct buffer buffer = {0};
  buffer_append_string(&buffer, "kept");
  CHECK(!buffer_reserve(&buffer, SIZE_MAX));
  CHECK(buffer.failed);
  volatile size_t most = SIZE_MAX; /* compilers warn of a size they can see */
  CHECK(!buffer_append(&buffer, "", most));
  CHECK(holds(&buffer, "kept"));
  CHECK(buffer_append_string(&buffer, "!"));
  CHECK(buffer.failed);
  buffer_clear(&buffer);
  CHECK(!buffer.failed);
  buffer_free(&buffer);
}

static void test_text_equals(void) {
  struct text none = {0};
  CHECK(text_equals(none, text_of("")));
  CHECK(text_equals_nocase(none, text_of("")));
  CHECK(text_equals(text_of("abc"), text_of("abc")));
  CHECK(!text_equals(text_of("abc"), text_of("abd")));
  CHECK(!text_equals(text_of("abc"), text_of("ab")));
  CHECK(!text_equals(text_of("abc"), text_of("ABC")));
  CHECK(text_equals_nocase(text_of("Host-AZ"), text_of("hOST-az")));
  CHECK(!text_equals_nocase(text_of("abc"), text_of("abcd")));
  CHECK(!text_equals_nocase(text_of("@["), text_of("`{")));
  CHECK(!text_equals_nocase(text_of("\xc3\x84"), text_of("\xc3\xa4")));
  CHECK(text_equals((struct text){"a\0b", 3}, (struct text){"a\0b", 3}));
  CHECK(!text_equals((struct text){"a\0b", 3}, (struct text){"a\0c", 3}));
}

static void test_text_trim(void) {
  struct text none = {0};
  CHECK(text_trim(none).size == 0);
  CHECK(text_trim(text_of(" \t ")).size == 0);
  CHECK(text_equals(text_trim(text_of("\t a b \t")), text_of("a b")));
  CHECK(text_equals(text_trim(text_of("a")), text_of("a")));
  CHECK(text_equals(text_trim(text_of("\na\r")), text_of("\na\r")));
}

static void test_clock(void) {
  uint64_t before = clock_monotonic();
  struct timespec wait = {0, 20000000};
  nanosleep(&wait, NULL);
  uint64_t passed = clock_monotonic() - before;
  CHECK(passed >= 19 && passed < 10000);
  double difference = clock_unix() - (double)time(NULL);
  CHECK(difference > -2 && difference < 2);
}

int main(void) {
  test_append();
  test_many_appends();
  test_reserve();
  test_print();
  test_clear();
  test_no_room();
  test_text_equals();
  test_text_trim();
  test_clock();
  return check_report();
}

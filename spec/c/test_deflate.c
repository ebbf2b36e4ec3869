/*
** Deflated messages: the examples of RFC 7692 section 7.2.3, there and back
** with every window and level, bombs, and what is no deflated data.
*/
#include "check.h"

#include "model/message.h"
#include "net/ws/deflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 100000 };

static struct deflate *codec;

/* In memory of exactly that size, so that ASan sees its end. */
static enum inflated inflate_copy(const char *bytes, size_t size,
                                  uint64_t limit, char **out,
                                  size_t *out_size) {
  char *copy = malloc(size > 0 ? size : 1);
  if (!copy) abort();
  if (size > 0) memcpy(copy, bytes, size);
  enum inflated result =
      deflate_inflate(codec, copy, size, limit, out, out_size);
  free(copy);
  return result;
}

static bool inflates_to(const char *bytes, size_t size, const char *expected,
                        size_t expected_size) {
  char *out;
  size_t out_size;
  return inflate_copy(bytes, size, LIMIT, &out, &out_size) == INFLATED &&
         out_size == expected_size && memcmp(out, expected, out_size) == 0;
}

#define S(literal) (literal), sizeof(literal) - 1

static void test_examples(void) {
  CHECK(inflates_to(S("\xf2\x48\xcd\xc9\xc9\x07\x00"), S("Hello")));
  /* A block without compression. */
  CHECK(inflates_to(S("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"),
                    S("Hello")));
  /* A block marked as the last, and the byte that must follow it. */
  CHECK(inflates_to(S("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), S("Hello")));
  /* Two blocks. */
  CHECK(inflates_to(S("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
                    S("Hello")));
  CHECK(inflates_to(S("\x00"), S("")));
}

static bool is_broken(const char *bytes, size_t size) {
  char *out;
  size_t out_size;
  return inflate_copy(bytes, size, LIMIT, &out, &out_size) == INFLATED_BROKEN;
}

static void test_broken(void) {
  CHECK(is_broken(S("\x07"))); /* a kind of block unknown */
  CHECK(is_broken(S("\xff\xff\xff\xff")));
  CHECK(is_broken(S("\x00\x05\x00\xfa\xfe"
                    "Hello\x00"))); /* wrong length */
  CHECK(is_broken(S("Hello")));
  CHECK(is_broken(S(""))); /* an empty message has one byte */
  /* The window is empty at the beginning of each message: this one points back
     into another. */
  CHECK(inflates_to(S("\xf2\x48\xcd\xc9\xc9\x07\x00"), S("Hello")));
  CHECK(is_broken(S("\xf2\x00\x11\x00\x00")));
  /* One marked as the last without the byte that must follow. */
  CHECK(is_broken(S("\xf3\x48\xcd\xc9\xc9\x07\x00")));
  CHECK(inflates_to(S("\xf2\x48\xcd\xc9\xc9\x07\x00"), S("Hello")));
}

/* Text like JSON, or noise: a message of that many bytes. */
static struct message *new_message(size_t size, bool is_noise) {
  struct message *message = message_new(MESSAGE_TEXT, NULL, size);
  if (!message) abort();
  uint32_t random = 1;
  for (size_t i = 0; i < size; i++) {
    random = random * 1664525 + 1013904223;
    message->bytes[i] =
        is_noise ? (char)(random >> 24) : "{\"name\":\"Ada\",\"at\":"[i % 19];
    if (!is_noise && i % 7 == 0) message->bytes[i] = (char)('0' + random % 10);
  }
  return message;
}

static void check_round(size_t size, int window, int level) {
  char label[64];
  snprintf(label, sizeof label, "%zu bytes, window %d, level %d", size, window,
           level);
  struct message *message = new_message(size, false);
  struct message *sent = deflate_message(codec, message, window, level);
  CHECK_CASE(sent != message, label);
  CHECK_CASE(sent->kind == (MESSAGE_TEXT | MESSAGE_DEFLATED), label);
  CHECK_CASE(sent->size < message->size, label);
  CHECK_CASE(inflates_to(sent->bytes, sent->size, message->bytes, size), label);
  message_unref(message);
}

static void test_rounds(void) {
  static const size_t sizes[] = {60, 300, 1024, 65536, LIMIT};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (int window = DEFLATE_WINDOW_MIN; window <= DEFLATE_WINDOW_MAX;
         window++) {
      for (int level = 1; level <= 9; level++)
        check_round(sizes[i], window, level);
    }
  }
}

/* Cut anywhere, a message is no message. */
static void test_cuts(void) {
  struct message *message = new_message(3000, false);
  struct message *sent = deflate_message(codec, message, 15, 6);
  for (size_t size = 1; size < sent->size; size++) {
    char label[32];
    snprintf(label, sizeof label, "cut at %zu", size);
    CHECK_CASE(is_broken(sent->bytes, size), label);
  }
  message_unref(message);
}

/* Whatever comes, it ends, within the limit. */
static void test_noise(void) {
  struct message *noise = new_message(20000, true);
  for (size_t at = 0; at + 64 < noise->size; at += 3) {
    char *out;
    size_t out_size = 0;
    enum inflated result =
        inflate_copy(noise->bytes + at, at % 64, 1000, &out, &out_size);
    CHECK(result != INFLATED || out_size <= 1000);
  }
  message_unref(noise);
}

static void test_limit(void) {
  struct message *message = new_message(5000, false);
  struct message *sent = deflate_message(codec, message, 15, 1);
  char *out;
  size_t size;
  CHECK(inflate_copy(sent->bytes, sent->size, 5000, &out, &size) == INFLATED);
  CHECK(size == 5000);
  CHECK(inflate_copy(sent->bytes, sent->size, 4999, &out, &size) ==
        INFLATED_TOO_BIG);
  CHECK(inflate_copy(sent->bytes, sent->size, 1, &out, &size) ==
        INFLATED_TOO_BIG);
  message_unref(message);

  /* 64 MB of one byte. */
  message = message_new(MESSAGE_TEXT, NULL, 64 << 20);
  if (!message) abort();
  memset(message->bytes, 'a', message->size);
  sent = deflate_message(codec, message, 15, 1);
  CHECK(sent->size < 1 << 20);
  CHECK(inflate_copy(sent->bytes, sent->size, 70000, &out, &size) ==
        INFLATED_TOO_BIG);
  message_unref(message);
}

static void test_nothing_gained(void) {
  struct message *noise = new_message(2000, true);
  CHECK(deflate_message(codec, noise, 15, 9) == noise);
  CHECK(deflate_message(codec, noise, 9, 9) == noise);
  message_unref(noise);
  struct message *empty = message_new(MESSAGE_TEXT, NULL, 0);
  CHECK(deflate_message(codec, empty, 15, 1) == empty);
  message_unref(empty);
}

/* That a small window is of no use says nothing of a large one. */
static void test_far_back(void) {
  const size_t block = 4096;
  const size_t count = 8;
  struct message *noise = new_message(block, true);
  struct message *message = message_new(MESSAGE_TEXT, NULL, block * count);
  if (!message) abort();
  for (size_t i = 0; i < count; i++)
    memcpy(message->bytes + i * block, noise->bytes, block);
  CHECK(deflate_message(codec, message, 9, 1) == message);
  struct message *large = deflate_message(codec, message, 15, 1);
  CHECK(large != message && large->size < 2 * block);
  CHECK(deflate_message(codec, message, 9, 1) == message);
  CHECK(deflate_message(codec, message, 15, 1) == large);
  message_unref(noise);
  message_unref(message);
}

/* A message to many is deflated once; a smaller window is good for those who
   would take a larger one. */
static void test_once(void) {
  struct message *message = new_message(4000, false);
  struct message *first = deflate_message(codec, message, 12, 1);
  CHECK(deflate_message(codec, message, 12, 1) == first);
  CHECK(deflate_message(codec, message, 15, 1) == first);
  message_ref(first); /* somebody is in the middle of it */
  struct message *smaller = deflate_message(codec, message, 10, 1);
  CHECK(smaller != first && smaller != message);
  CHECK(deflate_message(codec, message, 15, 1) == smaller);
  CHECK(inflates_to(first->bytes, first->size, message->bytes, 4000));
  message_unref(first);
  message_unref(message);
}

int main(void) {
  codec = deflate_new();
  if (!codec) abort();
  test_examples();
  test_broken();
  test_rounds();
  test_cuts();
  test_noise();
  test_limit();
  test_nothing_gained();
  test_far_back();
  test_once();
  deflate_trim(codec);
  deflate_free(codec);
  return check_report();
}

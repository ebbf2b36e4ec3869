/*
** permessage-deflate: what clients send inflates to the same under every limit
** that it keeps, and has come to its end; what is sent to them inflates to what
** it was.
*/
#include "fuzz.h"

#include "lib/buffer.h"
#include "model/message.h"
#include "net/ws/deflate.h"

enum { LIMIT = 100000 };

/* Inflates under a limit, and compares with what is wanted. */
static void check_inflate(struct deflate *codec, const char *bytes, size_t size,
                          uint64_t limit, const char *wanted,
                          size_t wanted_size) {
  char *inflated;
  size_t inflated_size;
  MUST(deflate_inflate(codec, bytes, size, limit, &inflated, &inflated_size) ==
       INFLATED);
  MUST(inflated_size == wanted_size);
  MUST(wanted_size == 0 || memcmp(inflated, wanted, wanted_size) == 0);
  memset(inflated, '?', inflated_size); /* as the receiver may */
}

/* Behind a whole message another can stand: nothing of the first was open. */
static void check_end(struct deflate *codec, const char *bytes, size_t size,
                      const char *wanted, size_t wanted_size) {
  static const char more[] = "\x00\x00\xff\xff\xf2\x48\xcd\xc9\xc9\x07";
  static const char hello[] = "Hello";
  struct buffer joined = {0};
  struct buffer both = {0};
  buffer_append(&joined, bytes, size);
  buffer_append(&joined, more, sizeof more);
  buffer_append(&both, wanted, wanted_size);
  buffer_append(&both, hello, sizeof hello - 1);
  check_inflate(codec, joined.bytes, joined.size, LIMIT + sizeof hello,
                both.bytes, both.size);
  buffer_free(&joined);
  buffer_free(&both);
}

static void check_received(struct deflate *codec, const char *bytes,
                           size_t size) {
  char *inflated;
  size_t found;
  if (deflate_inflate(codec, bytes, size, LIMIT, &inflated, &found) != INFLATED)
    return;
  MUST(found <= LIMIT);
  char *wanted = copy_exactly(inflated, found);
  check_inflate(codec, bytes, size, found, wanted, found);
  check_end(codec, bytes, size, wanted, found);
  size_t less;
  if (found > 0)
    MUST(deflate_inflate(codec, bytes, size, found - 1, &inflated, &less) ==
         INFLATED_TOO_BIG);
  free(wanted);
}

static void check_sent(struct deflate *codec, unsigned choices,
                       const char *bytes, size_t size) {
  int window = DEFLATE_WINDOW_MIN + (int)(choices % 7);
  int level = 1 + (int)(choices / 7 % 9);
  struct message *message = message_new(MESSAGE_TEXT, bytes, size);
  MUST(message);
  const struct message *deflated =
      deflate_message(codec, message, window, level);
  if (deflated != message) {
    MUST(deflated->size < size);
    check_inflate(codec, deflated->bytes, deflated->size, size, bytes, size);
  }
  message_unref(message);
}

/* A byte chooses window and level; the rest is a payload, and a message. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static struct deflate *codec;
  if (!codec) codec = deflate_new();
  struct input input = input_of(bytes, size);
  unsigned choices = input_take(&input);
  char *copy = copy_exactly(input.bytes, input.size);
  check_received(codec, copy, input.size);
  check_sent(codec, choices, copy, input.size);
  free(copy);
  return 0;
}

#include "load_frame.h"

#include "load_fail.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 1 << 26 }; /* 64 MiB: no answer here is longer */

size_t frame_write_head(char *out, enum frame_kind kind, bool is_compressed,
                        size_t size, const char mask[4]) {
  unsigned char *head = (unsigned char *)out;
  size_t length = 2;
  head[0] = (unsigned char)(0x80 | (is_compressed ? 0x40 : 0) | (int)kind);
  if (size < 126) {
    head[1] = (unsigned char)(0x80 | size);
  } else if (size < 65536) {
    head[1] = 0x80 | 126;
    length = 4;
  } else {
    head[1] = 0x80 | 127;
    length = 10;
  }
  for (size_t i = length, rest = size; i-- > 2; rest >>= 8) {
    head[i] = (unsigned char)(rest & 0xff);
  }
  memcpy(out + length, mask, 4);
  return length + 4;
}

void frame_mask(char *bytes, size_t size, const char mask[4]) {
  for (size_t i = 0; i < size; i++) {
    bytes[i] = (char)(bytes[i] ^ mask[i & 3]);
  }
}

static void check_head(const unsigned char *head) {
  unsigned kind = head[0] & 0x0f;
  if (!(head[0] & 0x80) || kind == 0) {
    fail("the server sent a message in pieces");
  }
  if (head[0] & 0x30) fail("the server sent a frame with a reserved bit");
  if (head[1] & 0x80) fail("the server sent a masked frame");
  if (kind != FRAME_TEXT && (kind < FRAME_CLOSE || kind > FRAME_PONG)) {
    fail("the server sent a frame of kind %u, which is no text", kind);
  }
  if (kind >= FRAME_CLOSE && (head[1] > 125 || head[0] & 0x40)) {
    fail("the server sent a control frame that is too long or compressed");
  }
}

size_t frame_read(const char *bytes, size_t size, struct frame *frame) {
  const unsigned char *head = (const unsigned char *)bytes;
  if (size < 2) return 0;
  check_head(head);
  size_t length = 2;
  uint64_t payload = head[1];
  if (payload >= 126) {
    length = payload == 126 ? 4 : 10;
    if (size < length) return 0;
    payload = 0;
    for (size_t i = 2; i < length; i++)
      payload = payload << 8 | head[i];
  }
  if (payload > LONGEST)
    fail("the server sent a frame of %zu bytes", (size_t)payload);
  if (size - length < payload) return 0;
  frame->kind = (enum frame_kind)(head[0] & 0x0f);
  frame->is_compressed = (head[0] & 0x40) != 0;
  frame->bytes = bytes + length;
  frame->size = (size_t)payload;
  return length + (size_t)payload;
}

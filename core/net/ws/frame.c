#include "net/ws/frame.h"

#include "lib/utf8.h"
#include "model/close.h"

#include <string.h>

enum {
  BIT_FINAL = 0x80,
  BITS_RESERVED = 0x70,
  BIT_DEFLATED = MESSAGE_DEFLATED, /* one of the reserved bits */
  BITS_OPCODE = 0x0f,
  BIT_CONTROL = 0x08,
  BIT_MASKED = 0x80,
  BITS_SIZE = 0x7f,
  SIZE_IN_2_BYTES = 126,
  SIZE_IN_8_BYTES = 127
};

static bool is_opcode(unsigned opcode) {
  return opcode <= MESSAGE_BINARY ||
         (opcode >= MESSAGE_CLOSE && opcode <= MESSAGE_PONG);
}

/* Why the first byte is wrong, or NULL. */
static const char *refuse_first(unsigned first, bool may_deflate) {
  unsigned opcode = first & BITS_OPCODE;
  bool begins = opcode == MESSAGE_TEXT || opcode == MESSAGE_BINARY;
  unsigned allowed = may_deflate && begins ? BIT_DEFLATED : 0;
  if (first & BITS_RESERVED & ~allowed) return "a reserved bit is set";
  if (!is_opcode(opcode)) return "unknown opcode";
  if ((opcode & BIT_CONTROL) && !(first & BIT_FINAL)) {
    return "a control frame in fragments";
  }
  return NULL;
}

static const char *refuse_second(unsigned first, unsigned second) {
  if (!(second & BIT_MASKED)) return "a frame without a mask";
  if ((first & BIT_CONTROL) && (second & BITS_SIZE) > FRAME_CONTROL_MAX) {
    return "a control frame of more than 125 bytes";
  }
  return NULL;
}

static uint64_t big_endian(const unsigned char *bytes, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; i++) {
    value = value << 8 | bytes[i];
  }
  return value;
}

static const char *refuse_size(uint64_t size, size_t bytes) {
  if (size >> 63) return "a length of more than 63 bits";
  if (size < SIZE_IN_2_BYTES || (bytes == 8 && size <= UINT16_MAX)) {
    return "a length that is not in its shortest form";
  }
  return NULL;
}

int frame_scan(struct frame *frame, const char *bytes, size_t size,
               bool may_deflate, const char **why) {
  const unsigned char *at = (const unsigned char *)bytes;
  if (size < 1) return 0;
  if ((*why = refuse_first(at[0], may_deflate))) return -1;
  if (size < 2) return 0;
  if ((*why = refuse_second(at[0], at[1]))) return -1;

  size_t size_bytes = 0;
  frame->size = at[1] & BITS_SIZE;
  if (frame->size == SIZE_IN_2_BYTES) size_bytes = 2;
  if (frame->size == SIZE_IN_8_BYTES) size_bytes = 8;
  if (size_bytes > 0) {
    if (size < 2 + size_bytes) return 0;
    frame->size = big_endian(at + 2, size_bytes);
    if ((*why = refuse_size(frame->size, size_bytes))) return -1;
  }
  if (size < 2 + size_bytes + sizeof frame->mask) return 0;
  frame->is_final = at[0] & BIT_FINAL;
  frame->is_deflated = at[0] & BIT_DEFLATED;
  frame->opcode = at[0] & BITS_OPCODE;
  memcpy(frame->mask, at + 2 + size_bytes, sizeof frame->mask);
  return (int)(2 + size_bytes + sizeof frame->mask);
}

bool frame_is_control(const struct frame *frame) {
  return frame->opcode & BIT_CONTROL;
}

void frame_unmask(char *bytes, size_t size, const unsigned char mask[4],
                  uint64_t offset) {
  unsigned char turned[8];
  for (size_t i = 0; i < sizeof turned; i++) {
    turned[i] = mask[(offset + i) & 3];
  }
  uint64_t key;
  memcpy(&key, turned, sizeof key);
  size_t i = 0;
  /* Four words at a time: compilers turn that into one or two instructions. */
  for (; i + 4 * sizeof key <= size; i += 4 * sizeof key) {
    uint64_t words[4];
    memcpy(words, bytes + i, sizeof words);
    for (int k = 0; k < 4; k++) {
      words[k] ^= key;
    }
    memcpy(bytes + i, words, sizeof words);
  }
  for (; i + sizeof key <= size; i += sizeof key) {
    uint64_t word;
    memcpy(&word, bytes + i, sizeof word);
    word ^= key;
    memcpy(bytes + i, &word, sizeof word);
  }
  if (size - i >= sizeof(uint32_t)) {
    uint32_t half;
    uint32_t half_key;
    memcpy(&half, bytes + i, sizeof half);
    memcpy(&half_key, turned, sizeof half_key);
    half ^= half_key;
    memcpy(bytes + i, &half, sizeof half);
    i += sizeof half;
  }
  for (; i < size; i++) {
    bytes[i] = (char)(bytes[i] ^ turned[i & 3]);
  }
}

size_t frame_print(char *header, unsigned kind, uint64_t size) {
  if (kind == MESSAGE_RAW) return 0;
  header[0] = (char)(BIT_FINAL | kind);
  size_t size_bytes = 0;
  if (size < SIZE_IN_2_BYTES) {
    header[1] = (char)size;
  } else if (size <= UINT16_MAX) {
    header[1] = SIZE_IN_2_BYTES;
    size_bytes = 2;
  } else {
    header[1] = SIZE_IN_8_BYTES;
    size_bytes = 8;
  }
  for (size_t i = 0; i < size_bytes; i++) {
    header[2 + i] = (char)(size >> 8 * (size_bytes - 1 - i) & 0xff);
  }
  return 2 + size_bytes;
}

int frame_scan_close(const char *bytes, size_t size, int *code,
                     struct text *reason, const char **why) {
  *code = CLOSE_NONE_GIVEN;
  *reason = (struct text){bytes, 0};
  if (size == 0) return 0;
  if (size == 1) {
    *why = "a Close with half a code";
    return CLOSE_PROTOCOL;
  }
  unsigned given = (unsigned)big_endian((const unsigned char *)bytes, 2);
  if (!close_code_is_valid(given)) {
    *why = "a Close with a code that may not be sent";
    return CLOSE_PROTOCOL;
  }
  if (!utf8_is_valid(bytes + 2, size - 2)) {
    *why = "a Close whose reason is not UTF-8";
    return CLOSE_BAD_TEXT;
  }
  *code = (int)given;
  *reason = (struct text){bytes + 2, size - 2};
  return 0;
}

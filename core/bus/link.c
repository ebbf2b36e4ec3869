#include "bus/link.h"

#include "lib/utf8.h"
#include "model/channel_rule.h"
#include "model/user.h"

enum { SIZE_BYTES = 4, NUMBER_BYTES = 8 };

/* --- little-endian numbers --- */

static uint64_t scan(const char *at, int bytes) {
  uint64_t number = 0;
  for (int i = bytes - 1; i >= 0; i--)
    number = number << 8 | (unsigned char)at[i];
  return number;
}

static void print(char *at, uint64_t number, int bytes) {
  for (int i = 0; i < bytes; i++) {
    at[i] = (char)(number & 0xff);
    number >>= 8;
  }
}

static void append(struct buffer *out, uint64_t number, int bytes) {
  char printed[NUMBER_BYTES];
  print(printed, number, bytes);
  buffer_append(out, printed, (size_t)bytes);
}

/* --- reading --- */

enum link_result link_read(struct text bytes, struct link_frame *frame,
                           size_t *size) {
  if (bytes.size < SIZE_BYTES) return LINK_PART;
  uint64_t rest = scan(bytes.bytes, SIZE_BYTES);
  if (rest < 1 || rest > LINK_FRAME_MAX) return LINK_REFUSED;
  if (bytes.size == SIZE_BYTES) return LINK_PART;
  unsigned kind = (unsigned char)bytes.bytes[SIZE_BYTES];
  if (kind == 0 || kind >= LINK_KIND_END) return LINK_REFUSED;
  if (bytes.size - SIZE_BYTES < rest) return LINK_PART;
  *size = SIZE_BYTES + (size_t)rest;
  *frame = (struct link_frame){.kind = (enum link_kind)kind,
                               .at = bytes.bytes + SIZE_BYTES + 1,
                               .end = bytes.bytes + *size};
  return LINK_WHOLE;
}

static bool has(struct link_frame *frame, uint64_t bytes) {
  if ((uint64_t)(frame->end - frame->at) < bytes) frame->is_wrong = true;
  return !frame->is_wrong;
}

uint64_t link_take_number(struct link_frame *frame) {
  if (!has(frame, NUMBER_BYTES)) return 0;
  uint64_t number = scan(frame->at, NUMBER_BYTES);
  frame->at += NUMBER_BYTES;
  return number;
}

bool link_take_flag(struct link_frame *frame) {
  uint64_t number = link_take_number(frame);
  if (number > 1) frame->is_wrong = true;
  return number == 1;
}

struct text link_take_text(struct link_frame *frame) {
  struct text none = {"", 0};
  if (!has(frame, SIZE_BYTES)) return none;
  size_t size = (size_t)scan(frame->at, SIZE_BYTES);
  frame->at += SIZE_BYTES;
  if (!has(frame, size)) return none;
  struct text text = {frame->at, size};
  frame->at += size;
  return text;
}

static struct text take_checked(struct link_frame *frame,
                                bool (*is_right)(struct text text)) {
  struct text text = link_take_text(frame);
  if (!frame->is_wrong && !is_right(text)) frame->is_wrong = true;
  return frame->is_wrong ? (struct text){"", 0} : text;
}

static bool is_id(struct text text) {
  return text.size >= 1 && text.size <= USER_ID_MAX &&
         utf8_is_valid(text.bytes, text.size);
}

static bool is_json(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if ((unsigned char)text.bytes[i] < 0x20) return false;
  return utf8_is_valid(text.bytes, text.size);
}

static bool is_message(struct text text) {
  return text.size > 2 && text.bytes[0] == '"' && is_json(text);
}

struct text link_take_name(struct link_frame *frame) {
  return take_checked(frame, channel_name_is_valid);
}

struct text link_take_id(struct link_frame *frame) {
  return take_checked(frame, is_id);
}

struct text link_take_message(struct link_frame *frame) {
  return take_checked(frame, is_message);
}

struct text link_take_json(struct link_frame *frame) {
  return take_checked(frame, is_json);
}

bool link_is_taken(const struct link_frame *frame) {
  return !frame->is_wrong && frame->at == frame->end;
}

bool link_take_presence(struct link_frame *frame,
                        struct link_presence *presence) {
  uint64_t guests = 0;
  *presence = (struct link_presence){
      .channel = link_take_name(frame), .id = {"", 0}, .info = {"", 0}};
  if (frame->kind == LINK_GUESTS)
    guests = link_take_number(frame);
  else
    presence->id = link_take_id(frame);
  if (frame->kind == LINK_CAME) presence->info = link_take_json(frame);
  presence->guests = (uint32_t)guests;
  return link_is_taken(frame) && guests <= UINT32_MAX;
}

/* --- writing --- */

size_t link_begin(struct buffer *out, enum link_kind kind) {
  size_t begin = out->size;
  append(out, 0, SIZE_BYTES);
  append(out, kind, 1);
  return begin;
}

void link_put_number(struct buffer *out, uint64_t number) {
  append(out, number, NUMBER_BYTES);
}

void link_put_text(struct buffer *out, struct text text) {
  append(out, text.size, SIZE_BYTES);
  buffer_append(out, text.bytes, text.size);
}

void link_end(struct buffer *out, size_t begin) {
  size_t size = out->size - begin;
  if (size - SIZE_BYTES > LINK_FRAME_MAX) out->failed = true;
  if (out->failed)
    out->size = begin;
  else
    print(out->bytes + begin, size - SIZE_BYTES, SIZE_BYTES);
}

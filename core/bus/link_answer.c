#include "bus/link_answer.h"

#include "bus/bus.h"
#include "bus/link.h"

#include <stdlib.h>
#include <string.h>

/* The smallest parts of a message and a member of an answer, and more than all
   its numbers. */
enum { KEPT_SIZE = 12, MEMBER_SIZE = 8, HEAD_SIZE = 256 };

/* --- writing --- */

static size_t size_of(const struct bus_answer *answer) {
  size_t size = HEAD_SIZE;
  for (size_t i = 0; i < answer->kept_count; i++)
    size += KEPT_SIZE + answer->kept[i].message.size;
  for (size_t i = 0; i < answer->member_count; i++)
    size +=
        MEMBER_SIZE + answer->members[i].id.size + answer->members[i].info.size;
  return size;
}

static void put_lists(struct buffer *out, const struct bus_answer *answer) {
  link_put_number(out, answer->kept_count);
  for (size_t i = 0; i < answer->kept_count; i++) {
    link_put_number(out, answer->kept[i].position);
    link_put_text(out, answer->kept[i].message);
  }
  link_put_number(out, answer->member_count);
  for (size_t i = 0; i < answer->member_count; i++) {
    link_put_text(out, answer->members[i].id);
    link_put_text(out, answer->members[i].info);
  }
}

void link_put_answer(struct buffer *out, uint64_t ticket,
                     const struct bus_answer *answer) {
  static const struct bus_answer too_large = {.word = "memory"};
  if (size_of(answer) > LINK_FRAME_MAX) answer = &too_large;
  size_t begin = link_begin(out, LINK_ANSWER);
  link_put_number(out, ticket);
  link_put_text(out, text_of(answer->word ? answer->word : ""));
  link_put_number(out, answer->epoch);
  link_put_number(out, answer->position);
  link_put_number(out, answer->is_recovered);
  link_put_number(out, answer->users);
  link_put_number(out, answer->connections);
  put_lists(out, answer);
  link_end(out, begin);
}

/* --- reading --- */

/* Callers keep the word: it must be one for ever. */
static const char *take_word(struct link_frame *frame) {
  static const char *const words[] = {"closed", "memory", "timeout"};
  struct text word = link_take_text(frame);
  if (word.size == 0) return NULL;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (text_equals(word, text_of(words[i]))) return words[i];
  return "cluster";
}

static uint32_t take_count(struct link_frame *frame) {
  uint64_t count = link_take_number(frame);
  if (count > UINT32_MAX) frame->is_wrong = true;
  return (uint32_t)count;
}

/* The number of items that follow, of which each has so many bytes at least. */
static size_t take_list_size(struct link_frame *frame, size_t least) {
  uint64_t count = link_take_number(frame);
  if (count > (uint64_t)(frame->end - frame->at) / least)
    frame->is_wrong = true;
  return frame->is_wrong ? 0 : (size_t)count;
}

/* A list that is too large for the memory is read, but not kept. */
static void take_kept(struct link_frame *frame, struct bus_answer *answer,
                      struct bus_kept **list) {
  size_t count = take_list_size(frame, KEPT_SIZE);
  *list = count > 0 ? calloc(count, sizeof **list) : NULL;
  if (count > 0 && !*list) answer->word = "memory";
  for (size_t i = 0; i < count; i++) {
    struct bus_kept kept = {.position = link_take_number(frame)};
    kept.message = link_take_message(frame);
    if (*list) (*list)[i] = kept;
  }
  answer->kept = *list;
  answer->kept_count = *list ? count : 0;
}

static void take_members(struct link_frame *frame, struct bus_answer *answer,
                         struct bus_member **list) {
  size_t count = take_list_size(frame, MEMBER_SIZE);
  *list = count > 0 ? calloc(count, sizeof **list) : NULL;
  if (count > 0 && !*list) answer->word = "memory";
  for (size_t i = 0; i < count; i++) {
    struct bus_member member = {.id = link_take_id(frame)};
    member.info = link_take_json(frame);
    if (*list) (*list)[i] = member;
  }
  answer->members = *list;
  answer->member_count = *list ? count : 0;
}

bool link_take_answer(struct link_frame *frame,
                      void (*use)(void *context,
                                  const struct bus_answer *answer),
                      void *context) {
  struct bus_answer answer = {.word = take_word(frame)};
  struct bus_kept *kept;
  struct bus_member *members;
  answer.epoch = link_take_number(frame);
  answer.position = link_take_number(frame);
  answer.is_recovered = link_take_flag(frame);
  answer.users = take_count(frame);
  answer.connections = take_count(frame);
  take_kept(frame, &answer, &kept);
  take_members(frame, &answer, &members);
  bool is_right = link_is_taken(frame);
  if (is_right) use(context, &answer);
  free(kept);
  free(members);
  return is_right;
}

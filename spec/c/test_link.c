/* Frames between two processes: what was written is read again, in whatever
   pieces it comes, and what is no frame is refused. */
#include "bus/bus.h"
#include "bus/link.h"
#include "bus/link_answer.h"

#include "check.h"

#include <string.h>

static enum link_result read_part(const struct buffer *buffer, size_t size,
                                  struct link_frame *frame) {
  size_t used = 0;
  struct text bytes = {buffer->bytes, size};
  enum link_result result = link_read(bytes, frame, &used);
  if (result == LINK_WHOLE) CHECK(used == size);
  return result;
}

static void test_round(void) {
  struct buffer out = {0};
  struct link_frame frame = {0};
  size_t begin = link_begin(&out, LINK_CAME);
  link_put_text(&out, text_of("room:1"));
  link_put_text(&out, text_of("ada"));
  link_put_text(&out, text_of("{\"a\":1}"));
  link_put_number(&out, UINT64_MAX - 1);
  link_put_number(&out, 1);
  link_end(&out, begin);
  for (size_t size = 0; size < out.size; size++)
    CHECK(read_part(&out, size, &frame) == LINK_PART);
  CHECK(read_part(&out, out.size, &frame) == LINK_WHOLE);
  CHECK(frame.kind == LINK_CAME);
  CHECK(text_equals(link_take_name(&frame), text_of("room:1")));
  CHECK(text_equals(link_take_id(&frame), text_of("ada")));
  CHECK(text_equals(link_take_json(&frame), text_of("{\"a\":1}")));
  CHECK(!link_is_taken(&frame));
  CHECK(link_take_number(&frame) == UINT64_MAX - 1);
  CHECK(link_take_flag(&frame));
  CHECK(link_is_taken(&frame));
  CHECK(link_take_number(&frame) == 0 && frame.is_wrong);
  buffer_free(&out);
}

static enum link_result read_bytes(const char *bytes, size_t size) {
  struct link_frame frame;
  return link_read((struct text){bytes, size}, &frame, &size);
}

static void test_refused(void) {
  CHECK(read_bytes("\0\0\0\0", 4) == LINK_REFUSED);
  CHECK(read_bytes("\1\0\0\0", 4) == LINK_PART);
  CHECK(read_bytes("\1\0\0\0\0", 5) == LINK_REFUSED);
  CHECK(read_bytes("\1\0\0\0\xff", 5) == LINK_REFUSED);
  CHECK(read_bytes("\1\0\0\0\7", 5) == LINK_WHOLE);
  CHECK(read_bytes("\1\0\0\6\7", 5) == LINK_REFUSED); /* above the largest */
  CHECK(read_bytes("HTTP/1.1 200 OK", 15) == LINK_REFUSED);
}

/* A frame of one text, taken by `take`: whether it is right. */
static bool is_taken(struct text (*take)(struct link_frame *frame),
                     struct text text) {
  struct buffer out = {0};
  struct link_frame frame = {0};
  size_t begin = link_begin(&out, LINK_CAME);
  link_put_text(&out, text);
  link_end(&out, begin);
  CHECK(read_part(&out, out.size, &frame) == LINK_WHOLE);
  take(&frame);
  bool is_right = link_is_taken(&frame);
  buffer_free(&out);
  return is_right;
}

static void test_parts_are_checked(void) {
  static char large[200];
  memset(large, 'x', sizeof large);
  struct text too_long = {large, sizeof large}, fits = {large, 128};
  CHECK(is_taken(link_take_name, fits) && !is_taken(link_take_name, too_long));
  CHECK(!is_taken(link_take_name, text_of("")));
  CHECK(!is_taken(link_take_name, text_of("$a")));
  CHECK(!is_taken(link_take_name, text_of("a\n")));
  CHECK(is_taken(link_take_id, fits) && !is_taken(link_take_id, too_long));
  CHECK(!is_taken(link_take_id, text_of("")));
  CHECK(!is_taken(link_take_id, text_of("\xff")));
  CHECK(is_taken(link_take_json, text_of("")));
  CHECK(!is_taken(link_take_json, text_of("\"\n\"")));
  CHECK(is_taken(link_take_message, text_of("\"said\",1")));
  CHECK(!is_taken(link_take_message, text_of("said,1")));
  CHECK(!is_taken(link_take_message, text_of("")));
}

static unsigned answers;

static void on_answer(void *context, const struct bus_answer *answer) {
  (void)context;
  answers++;
  CHECK(answer->word && strcmp(answer->word, "closed") == 0);
  CHECK(answer->epoch == 7 && answer->position == 9 && answer->is_recovered);
  CHECK(answer->users == 1 && answer->connections == 2);
  CHECK(answer->kept_count == 1 && answer->kept[0].position == 9);
  CHECK(text_equals(answer->kept[0].message, text_of("\"a\",1")));
  CHECK(answer->member_count == 1);
  CHECK(text_equals(answer->members[0].id, text_of("ada")));
  CHECK(text_equals(answer->members[0].info, text_of("{}")));
}

static void test_answers(void) {
  struct buffer out = {0};
  struct link_frame frame = {0};
  struct bus_kept kept = {9, text_of("\"a\",1")};
  struct bus_member member = {text_of("ada"), text_of("{}")};
  struct bus_answer answer = {.word = "closed",
                              .epoch = 7,
                              .position = 9,
                              .is_recovered = true,
                              .kept = &kept,
                              .kept_count = 1,
                              .members = &member,
                              .member_count = 1,
                              .users = 1,
                              .connections = 2};
  link_put_answer(&out, 5, &answer);
  CHECK(read_part(&out, out.size, &frame) == LINK_WHOLE);
  CHECK(link_take_number(&frame) == 5);
  CHECK(link_take_answer(&frame, on_answer, NULL) && answers == 1);
  /* One that says it has more than there is. */
  CHECK(read_part(&out, out.size, &frame) == LINK_WHOLE);
  frame.end -= 4;
  link_take_number(&frame);
  CHECK(!link_take_answer(&frame, on_answer, NULL) && answers == 1);
  buffer_free(&out);
}

int main(void) {
  test_round();
  test_refused();
  test_parts_are_checked();
  test_answers();
  return check_report();
}

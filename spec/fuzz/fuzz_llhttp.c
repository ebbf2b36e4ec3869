/*
** llhttp, Node's parser of HTTP, over the same request: what our parser takes
** it takes as well, and it reads the same there: method, target, version,
** fields, content, and where the request ends. (Not the other way round: much
** that llhttp takes is refused here.)
*/
#include "fuzz.h"

#include "lib/buffer.h"
#include "lib/text.h"
#include "model/config.h"
#include "model/head.h"
#include "net/http/body.h"
#include "net/http/head.h"

#include <llhttp.h>
#include <stdbool.h>

/* What a parser has read. */
struct reading {
  struct buffer head; /* what it says: a line each for method, target, … */
  struct buffer content;
  bool is_in_body;
  bool is_whole;
  size_t used; /* bytes of it; all of them until it is whole */
};

static void free_reading(struct reading *reading) {
  buffer_free(&reading->head);
  buffer_free(&reading->content);
}

static void add_line(struct buffer *lines, struct text text) {
  MUST(buffer_append(lines, text.bytes, text.size));
  MUST(buffer_append_string(lines, "\n"));
}

/* --- ours --- */

static void write_head(struct buffer *lines, const struct head *head) {
  size_t cursor = 0;
  struct text name;
  struct text value;
  add_line(lines, head_method(head));
  add_line(lines, head_target(head));
  add_line(lines, text_of(head_is_old(head) ? "1.0" : "1.1"));
  while (head_next(head, &cursor, &name, &value)) {
    add_line(lines, name);
    add_line(lines, value);
  }
}

/* Returns false when the request is refused. */
static bool read_body(struct reading *reading, const struct head *head,
                      const char *bytes, size_t size) {
  const struct limits limits = {.http_head = 64 << 10, .http_body = 64 << 10};
  struct http_body body;
  if (!http_body_start(&body, head, &limits)) return false;
  char *copy = copy_exactly(bytes, size);
  reading->used += http_body_take(&body, &reading->content, copy, size);
  free(copy);
  reading->is_whole = body.is_whole;
  return body.error.status == 0;
}

static bool read_request(struct reading *reading, const char *bytes,
                         size_t size) {
  struct http_error error = {0};
  size_t scanned = 0;
  size_t end = http_head_scan(bytes, size, &scanned, &error);
  if (end == 0) return false;
  struct head *head = head_new(bytes, end);
  MUST(head);
  bool is_taken =
      http_head_check(head, &error) && http_head_check_method(head, &error);
  reading->used = end;
  if (is_taken) write_head(&reading->head, head);
  is_taken = is_taken && read_body(reading, head, bytes + end, size - end);
  free(head);
  return is_taken;
}

/* --- llhttp's --- */

static struct reading *reading_of(llhttp_t *llhttp) {
  return llhttp->data;
}

/* Trailers come as fields, too. */
static int on_text(llhttp_t *llhttp, const char *bytes, size_t size) {
  struct reading *reading = reading_of(llhttp);
  if (!reading->is_in_body) MUST(buffer_append(&reading->head, bytes, size));
  return 0;
}

static int on_text_end(llhttp_t *llhttp) {
  struct reading *reading = reading_of(llhttp);
  if (!reading->is_in_body) MUST(buffer_append_string(&reading->head, "\n"));
  return 0;
}

/* It leaves the spaces and tabs behind a value where they are. */
static int on_value_end(llhttp_t *llhttp) {
  struct reading *reading = reading_of(llhttp);
  struct buffer *head = &reading->head;
  while (!reading->is_in_body && (head->bytes[head->size - 1] == ' ' ||
                                  head->bytes[head->size - 1] == '\t'))
    head->size--;
  return on_text_end(llhttp);
}

static int on_headers_complete(llhttp_t *llhttp) {
  llhttp->upgrade = 0; /* a body is a body */
  reading_of(llhttp)->is_in_body = true;
  return 0;
}

static int on_body(llhttp_t *llhttp, const char *bytes, size_t size) {
  MUST(buffer_append(&reading_of(llhttp)->content, bytes, size));
  return 0;
}

static int on_message_complete(llhttp_t *llhttp) {
  reading_of(llhttp)->is_whole = true;
  return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_method = on_text,
    .on_method_complete = on_text_end,
    .on_url = on_text,
    .on_url_complete = on_text_end,
    .on_version = on_text,
    .on_version_complete = on_text_end,
    .on_header_field = on_text,
    .on_header_field_complete = on_text_end,
    .on_header_value = on_text,
    .on_header_value_complete = on_value_end,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete};

/* llhttp 8 does not take what stands behind the value of an extension for
   another one: ";a=b;c". */
static bool is_mistaken(llhttp_errno_t error, const char *at) {
  return LLHTTP_VERSION_MAJOR < 9 && error == HPE_INVALID_CHUNK_SIZE &&
         at[-1] == ';';
}

/* Returns false when it refuses the request without a reason. */
static bool read_with_llhttp(struct reading *reading, const char *bytes,
                             size_t size) {
  llhttp_t llhttp;
  llhttp_init(&llhttp, HTTP_REQUEST, &settings);
  llhttp.data = reading;
  llhttp_errno_t error = llhttp_execute(&llhttp, bytes, size);
  const char *end = bytes + size;
  if (error != HPE_OK) end = llhttp_get_error_pos(&llhttp);
  reading->used = (size_t)(end - bytes);
  if (is_mistaken(error, end)) return false;
  MUST(error == HPE_OK || error == HPE_PAUSED);
  return true;
}

/* --- both --- */

static bool is_same(const struct buffer *a, const struct buffer *b) {
  return text_equals((struct text){a->bytes, a->size},
                     (struct text){b->bytes, b->size});
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  struct reading ours = {0};
  struct reading theirs = {0};
  if (read_request(&ours, input.bytes, input.size) &&
      read_with_llhttp(&theirs, input.bytes, input.size)) {
    MUST(is_same(&ours.head, &theirs.head));
    MUST(is_same(&ours.content, &theirs.content));
    MUST(ours.is_whole == theirs.is_whole);
    MUST(ours.used == theirs.used);
  }
  free_reading(&ours);
  free_reading(&theirs);
  return 0;
}

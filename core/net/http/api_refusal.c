#include "net/http/api_refusal.h"

#include "lib/buffer.h"
#include "lib/json.h"
#include "model/message.h"
#include "net/socket/http_answer.h"

#include <string.h>

static const char *code_of(int status) {
  switch (status) {
  case 408:
    return "timeout";
  case 413:
  case 431:
    return "too_large";
  case 501:
    return "not_implemented";
  case 503:
    return "unavailable";
  default:
    return "malformed";
  }
}

static void print_body(struct buffer *body, const struct http_error *error) {
  buffer_print(
      body, "{\"error\":{\"code\":\"%s\",\"message\":", code_of(error->status));
  if (!json_print_string(body, error->why, strlen(error->why)))
    body->failed = true;
  buffer_append_string(body, "}}");
}

struct message *http_api_refusal(const struct http_error *error, bool is_head) {
  struct buffer body = {0};
  struct buffer answer = {0};
  struct message *message = NULL;
  print_body(&body, error);
  struct http_answer head = {.status = error->status,
                             .size = body.size,
                             .fields =
                                 text_of("Content-Type: application/json\r\n"),
                             .ends = true};
  if (error->fields) head.others = text_of(error->fields);
  http_answer_print(&answer, &head);
  if (!is_head) buffer_append(&answer, body.bytes, body.size);
  if (!answer.failed && !body.failed)
    message = message_new(MESSAGE_RAW, answer.bytes, answer.size);
  buffer_free(&answer);
  buffer_free(&body);
  return message;
}

#include "net/socket/http_answer.h"

#include "model/message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
  int status;
  const char *name;
} names[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a Teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

const char *http_status_name(int status) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (names[i].status == status) return names[i].name;
  }
  return "";
}

bool http_status_has_body(int status) {
  return status >= 200 && status != 204 && status != 205 && status != 304;
}

/* --- fields that are printed already --- */

/* Takes the first field, with the end of its line. */
static bool take_field(struct text *fields, struct text *name,
                       struct text *line) {
  if (fields->size == 0) return false;
  const char *end = memchr(fields->bytes, '\n', fields->size);
  size_t size = end ? (size_t)(end - fields->bytes) + 1 : fields->size;
  *line = (struct text){fields->bytes, size};
  const char *colon = memchr(line->bytes, ':', size);
  *name = (struct text){line->bytes, colon ? (size_t)(colon - line->bytes) : 0};
  fields->bytes += size;
  fields->size -= size;
  return true;
}

static bool has_field(struct text fields, struct text wanted) {
  struct text name;
  struct text line;
  while (take_field(&fields, &name, &line)) {
    if (text_equals_nocase(name, wanted)) return true;
  }
  return false;
}

/* Fields about how the answer is sent. A script does not decide that. */
static bool is_ours(struct text name) {
  static const char *const ours[] = {"content-length", "connection",
                                     "transfer-encoding", "date", "keep-alive"};
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
    if (text_equals_nocase(name, text_of(ours[i]))) return true;
  }
  return false;
}

static void append_fields(struct buffer *buffer, struct text fields,
                          struct text except) {
  struct text name;
  struct text line;
  while (take_field(&fields, &name, &line)) {
    if (is_ours(name) || has_field(except, name)) continue;
    buffer_append(buffer, line.bytes, line.size);
  }
}

/* --- the answer --- */

/* strftime() is not used, because it depends on the locale. */
void http_print_date(char date[HTTP_DATE_SIZE], time_t time) {
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed",
                                 "Thu", "Fri", "Sat"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  struct tm tm = {0};
  (void)gmtime_r(&time, &tm);
  snprintf(date, HTTP_DATE_SIZE, "%s, %02d %s %d %02d:%02d:%02d GMT",
           days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
           tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void append_date(struct buffer *buffer) {
  char date[HTTP_DATE_SIZE];
  http_print_date(date, time(NULL));
  buffer_print(buffer, "Date: %s\r\n", date);
}

/* An answer with the field Upgrade must name it here, RFC 9110 section 7.8. */
static void append_connection(struct buffer *buffer,
                              const struct http_answer *answer) {
  bool upgrades = has_field(answer->fields, text_of("upgrade"));
  if (answer->ends)
    buffer_print(buffer, "Connection: %sclose\r\n",
                 upgrades ? "Upgrade, " : "");
  else if (answer->is_persistent)
    buffer_append_string(buffer, "Connection: keep-alive\r\n");
}

bool http_answer_print(struct buffer *buffer,
                       const struct http_answer *answer) {
  struct text nothing = {NULL, 0};
  struct text type = text_of("content-type");
  bool has_body = http_status_has_body(answer->status);
  buffer_print(buffer, "HTTP/1.1 %d %s\r\n", answer->status,
               http_status_name(answer->status));
  append_date(buffer);
  append_fields(buffer, answer->fields, nothing);
  append_fields(buffer, answer->others, answer->fields);
  if (has_body && answer->size > 0 && !has_field(answer->fields, type) &&
      !has_field(answer->others, type)) {
    buffer_append_string(buffer, "Content-Type: text/plain; charset=utf-8\r\n");
  }
  if (has_body || answer->status == 205) {
    uint64_t size = has_body ? answer->size : 0;
    buffer_print(buffer, "Content-Length: %llu\r\n", (unsigned long long)size);
  }
  append_connection(buffer, answer);
  if (!answer->ends && answer->keep_alive > 0) {
    buffer_print(buffer, "Keep-Alive: timeout=%llu\r\n",
                 (unsigned long long)answer->keep_alive);
  }
  buffer_append_string(buffer, "\r\n");
  return !buffer->failed;
}

struct message *http_answer_error(const struct http_error *error,
                                  bool is_head) {
  struct http_answer answer = {
      .status = error->status, .size = strlen(error->why) + 2, .ends = true};
  if (error->fields) answer.fields = text_of(error->fields);
  struct buffer buffer = {0};
  http_answer_print(&buffer, &answer);
  if (!is_head) buffer_print(&buffer, "%s.\n", error->why);
  struct message *message = NULL;
  if (!buffer.failed) {
    message = message_new(MESSAGE_RAW, buffer.bytes, buffer.size);
  }
  buffer_free(&buffer);
  return message;
}

#include "net/http/head.h"

#include "lib/ascii.h"
#include "lib/token.h"
#include "model/head.h"
#include "net/socket/http_answer.h"

#include <string.h>

/* --- bytes --- */

static bool refuse_head(struct http_error *error, int status, const char *why) {
  *error = (struct http_error){.status = status, .why = why};
  return false;
}

bool http_head_is_value_byte(char byte) {
  unsigned char code = (unsigned char)byte;
  return (code >= 0x20 || byte == '\t') && code != 0x7f;
}

/* Checks the byte at `at`, together with those before it. */
static bool check_byte(const char *bytes, size_t at, struct http_error *error) {
  bool follows_cr = at > 0 && bytes[at - 1] == '\r';
  if (bytes[at] == '\n') {
    return follows_cr ||
           refuse_head(error, 400, "a header line ends without a CR");
  }
  if (follows_cr) {
    return refuse_head(error, 400, "the head has a CR without an LF");
  }
  if (bytes[at] != '\r' && !http_head_is_value_byte(bytes[at])) {
    return refuse_head(error, 400, "the head has a control character");
  }
  return true;
}

size_t http_head_scan(const char *bytes, size_t size, size_t *scanned,
                      struct http_error *error) {
  for (size_t at = *scanned; at < size; at++) {
    if (!check_byte(bytes, at, error)) return 0;
    if (bytes[at] == '\n' && at >= 3 && bytes[at - 2] == '\n') {
      *scanned = 0;
      return at + 1;
    }
  }
  *scanned = size;
  return 0;
}

/* --- the request line --- */

static bool starts_with(struct text text, const char *start) {
  struct text wanted = text_of(start);
  if (text.size < wanted.size) return false;
  text.size = wanted.size;
  return text_equals_nocase(text, wanted);
}

/* RFC 9112 section 3.2, without the form of CONNECT, which is not served. */
static bool is_target(struct text target, struct text method) {
  for (size_t i = 0; i < target.size; i++) {
    unsigned char code = (unsigned char)target.bytes[i];
    if (code <= 0x20 || code >= 0x7f || code == '#') return false;
  }
  if (text_equals(target, text_of("*"))) {
    return text_equals(method, text_of("OPTIONS"));
  }
  return starts_with(target, "/") || starts_with(target, "http://") ||
         starts_with(target, "https://") || starts_with(target, "ws://") ||
         starts_with(target, "wss://") ||
         text_equals(method, text_of("CONNECT"));
}

static bool check_request_line(const struct head *head,
                               struct http_error *error) {
  struct text line = head_first_line(head);
  struct text method = head_method(head);
  struct text target = head_target(head);
  struct text protocol = head_version(head);
  if (!token_is_valid(method) ||
      line.size != method.size + target.size + protocol.size + 2) {
    return refuse_head(error, 400, "the request line is not valid HTTP");
  }
  if (!text_equals(protocol, text_of("HTTP/1.1")) &&
      !text_equals(protocol, text_of("HTTP/1.0"))) {
    return refuse_head(error, 400, "only HTTP/1.1 and HTTP/1.0 are supported");
  }
  if (!is_target(target, method)) {
    return refuse_head(error, 400, "the request target is not valid");
  }
  return true;
}

static bool is_among(struct text word, const char *const *words) {
  for (; *words; words++) {
    if (text_equals(word, text_of(*words))) return true;
  }
  return false;
}

/* Unknown methods get another status than words that cannot be a method. */
bool http_head_check_method(const struct head *head, struct http_error *error) {
  static const char *const served[] = {"GET",   "HEAD",   "POST",    "PUT",
                                       "PATCH", "DELETE", "OPTIONS", NULL};
  static const char *const others[] = {
      "ACL",         "BIND",  "CHECKOUT", "CONNECT", "COPY",
      "LINK",        "LOCK",  "M-SEARCH", "MERGE",   "MKACTIVITY",
      "MKCALENDAR",  "MKCOL", "MOVE",     "NOTIFY",  "PROPFIND",
      "PROPPATCH",   "PURGE", "REBIND",   "REPORT",  "SEARCH",
      "SUBSCRIBE",   "TRACE", "UNBIND",   "UNLINK",  "UNLOCK",
      "UNSUBSCRIBE", NULL};
  struct text method = head_method(head);
  if (is_among(method, served)) return true;
  return is_among(method, others)
             ? refuse_head(error, 501, "this method is not supported")
             : refuse_head(error, 400, "the method is not a method of HTTP");
}

/* --- the fields --- */

bool http_head_is_persistent(const struct head *head) {
  if (head_has_token(head, "Connection", "close")) return false;
  return !head_is_old(head) || head_has_token(head, "Connection", "keep-alive");
}

static bool check_name(const char *line, size_t size,
                       struct http_error *error) {
  if (line[0] == ' ' || line[0] == '\t') {
    return refuse_head(error, 400, "a field is folded over two lines");
  }
  const char *colon = memchr(line, ':', size);
  if (!colon) return refuse_head(error, 400, "a header line has no colon");
  struct text name = {line, (size_t)(colon - line)};
  if (name.size > 0 && ascii_is_one_of(colon[-1], " \t")) {
    return refuse_head(error, 400,
                       "there is a space before the colon of a field");
  }
  return token_is_valid(name) ||
         refuse_head(error, 400, "a field name is not valid");
}

static bool check_names(const struct head *head, struct http_error *error) {
  const char *end = head->bytes + head->size - 2; /* the empty line */
  const char *line = head->bytes + head_first_line(head).size + 2;
  while (line < end) {
    const char *next = memchr(line, '\n', (size_t)(end - line));
    if (!check_name(line, (size_t)(next - line), error)) return false;
    line = next + 1;
  }
  return true;
}

static bool has_host_bytes(struct text host) {
  for (size_t i = 0; i < host.size; i++) {
    if (!ascii_is_letter(host.bytes[i]) && !ascii_is_digit(host.bytes[i]) &&
        !ascii_is_one_of(host.bytes[i], "-._~%!$&'()*+,;=:[]")) {
      return false;
    }
  }
  return true;
}

static bool check_host(const struct head *head, struct http_error *error) {
  size_t count = head_count(head, "Host");
  struct text host;
  if (count > 1) return refuse_head(error, 400, "there are two Host fields");
  if (count == 0) {
    return head_is_old(head) ||
           refuse_head(error, 400, "the Host field is missing");
  }
  return !head_find(head, "Host", &host) || has_host_bytes(host) ||
         refuse_head(error, 400, "the Host field is not a valid host");
}

/* An absolute target must name a host, and must not name a user (RFC 9110
   section 4.2). */
static bool check_authority(const struct head *head, struct http_error *error) {
  struct text authority;
  if (!head_authority(head, &authority)) return true;
  return (authority.size > 0 && authority.bytes[0] != ':' &&
          has_host_bytes(authority)) ||
         refuse_head(error, 400, "the request target has no valid host");
}

static bool is_number(struct text text) {
  for (size_t i = 0; i < text.size; i++) {
    if (!ascii_is_digit(text.bytes[i])) return false;
  }
  return text.size > 0;
}

/* Whether a tab follows a field's value. Some programs take it for a part of
   the value. */
static bool has_tab_behind(struct text value) {
  const char *at = value.bytes + value.size;
  while (*at == ' ')
    at++;
  return *at == '\t';
}

/* The length of the body must be given in one way only. Otherwise another
   program on the way might read it in the other way. */
static bool check_length(const struct head *head, struct http_error *error) {
  size_t lengths = head_count(head, "Content-Length");
  size_t codings = head_count(head, "Transfer-Encoding");
  struct text value;
  if (lengths > 0 && codings > 0) {
    return refuse_head(error, 400,
                       "there are both Content-Length and Transfer-Encoding");
  }
  if (lengths > 1) {
    return refuse_head(error, 400, "there are two Content-Length fields");
  }
  if (head_find(head, "Content-Length", &value) && !is_number(value)) {
    return refuse_head(error, 400, "the Content-Length is not a number");
  }
  if ((head_find(head, "Content-Length", &value) ||
       head_find(head, "Transfer-Encoding", &value)) &&
      has_tab_behind(value)) {
    return refuse_head(error, 400,
                       "there is a tab behind the length of the body");
  }
  if (codings > 0 && head_is_old(head)) {
    return refuse_head(error, 400, "Transfer-Encoding is not part of HTTP/1.0");
  }
  if (codings > 1 || (head_find(head, "Transfer-Encoding", &value) &&
                      !text_equals_nocase(value, text_of("chunked")))) {
    return refuse_head(error, 501,
                       "the only supported Transfer-Encoding is chunked");
  }
  return true;
}

bool http_head_check(const struct head *head, struct http_error *error) {
  return check_request_line(head, error) && check_names(head, error) &&
         check_host(head, error) && check_authority(head, error) &&
         check_length(head, error);
}

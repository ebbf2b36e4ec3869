/* A head is read from its bytes, and never past them. */
#include "model/head.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static const char *const request = "GET /room/7%20a?x=1&y=?2 HTTP/1.1\r\n"
                                   "Host: example.com:9000\r\n"
                                   "upgrade: WebSocket\r\n"
                                   "Connection: keep-alive\r\n"
                                   "Cookie:a=1; b=2 \t\r\n"
                                   "Empty:\r\n"
                                   "CONNECTION: foo , Upgrade,bar\r\n"
                                   "X-Url: http://a/b:c\r\n"
                                   "\r\n";

static bool is(struct text text, const char *string) {
  return text_equals(text, text_of(string));
}

static struct head *head_of(const char *string) {
  return head_new(string, strlen(string));
}

static void test_request_line(void) {
  struct head *head = head_of(request);
  CHECK(head->address[0] == '\0' && !head->is_secure);
  CHECK(is(head_method(head), "GET"));
  CHECK(is(head_target(head), "/room/7%20a?x=1&y=?2"));
  CHECK(is(head_path(head), "/room/7%20a"));
  CHECK(is(head_query(head), "x=1&y=?2"));
  free(head);
}

static void check_target(const char *line, const char *path,
                         const char *query) {
  struct head *head = head_of(line);
  CHECK(is(head_path(head), path));
  CHECK(is(head_query(head), query));
  free(head);
}

static void test_targets(void) {
  check_target("GET / HTTP/1.1\r\n\r\n", "/", "");
  check_target("GET /a? HTTP/1.1\r\n\r\n", "/a", "");
  check_target("OPTIONS * HTTP/1.1\r\n\r\n", "*", "");
  check_target("GET /a?to=http://b/c HTTP/1.1\r\n\r\n", "/a", "to=http://b/c");
  check_target("GET http://a.b:80/c/d?e HTTP/1.1\r\n\r\n", "/c/d", "e");
  check_target("GET http://a.b HTTP/1.1\r\n\r\n", "/", "");
  check_target("GET http://a.b?c HTTP/1.1\r\n\r\n", "/", "c");
}

static void check_host(const char *text, const char *host) {
  struct head *head = head_of(text);
  CHECK(is(head_host(head), host));
  free(head);
}

/* That of an absolute target replaces the field. */
static void test_hosts(void) {
  check_host("GET / HTTP/1.1\r\nHost: a:80\r\n\r\n", "a:80");
  check_host("GET /x://b HTTP/1.1\r\nHost: a\r\n\r\n", "a");
  check_host("GET ws://b:9/x HTTP/1.1\r\nHost: a\r\n\r\n", "b:9");
  check_host("GET http://b?x HTTP/1.1\r\nHost: a\r\n\r\n", "b");
  check_host("GET wss://b HTTP/1.1\r\n\r\n", "b");
  check_host("GET / HTTP/1.0\r\n\r\n", "");
}

static void test_fields(void) {
  static const char *const expected[][2] = {
      {"Host", "example.com:9000"},
      {"upgrade", "WebSocket"},
      {"Connection", "keep-alive"},
      {"Cookie", "a=1; b=2"},
      {"Empty", ""},
      {"CONNECTION", "foo , Upgrade,bar"},
      {"X-Url", "http://a/b:c"},
  };
  struct head *head = head_of(request);
  struct text name;
  struct text value;
  size_t cursor = 0;
  size_t count = 0;
  while (head_next(head, &cursor, &name, &value)) {
    CHECK(count < 7);
    CHECK(is(name, expected[count][0]) && is(value, expected[count][1]));
    count++;
  }
  CHECK(count == 7);
  CHECK(!head_next(head, &cursor, &name, &value));
  free(head);
}

static void test_find(void) {
  struct head *head = head_of(request);
  struct text value;
  CHECK(head_find(head, "host", &value) && is(value, "example.com:9000"));
  CHECK(head_find(head, "Upgrade", &value) && is(value, "WebSocket"));
  CHECK(head_find(head, "connection", &value) && is(value, "keep-alive"));
  CHECK(head_find(head, "empty", &value) && value.size == 0);
  CHECK(!head_find(head, "Hos", &value));
  CHECK(!head_find(head, "Origin", &value));
  CHECK(!head_find(head, "", &value));
  free(head);
}

static bool has_item(const struct head *head, const char *name,
                     const char *wanted) {
  size_t cursor = 0;
  struct text list = {"", 0};
  struct text item;
  while (head_next_item(head, name, &cursor, &list, &item)) {
    if (is(item, wanted)) return true;
  }
  return false;
}

static void test_tokens(void) {
  struct head *head = head_of(request);
  CHECK(head_has_token(head, "Connection", "upgrade"));
  CHECK(head_has_token(head, "connection", "Keep-Alive"));
  CHECK(head_has_token(head, "connection", "foo"));
  CHECK(head_has_token(head, "connection", "bar"));
  CHECK(head_has_token(head, "upgrade", "websocket"));
  CHECK(has_item(head, "connection", "bar"));
  CHECK(!has_item(head, "connection", "BAR"));
  CHECK(!head_has_token(head, "connection", "close"));
  CHECK(!head_has_token(head, "connection", "keep"));
  CHECK(!head_has_token(head, "empty", "upgrade"));
  CHECK(!head_has_token(head, "origin", "upgrade"));
  free(head);
}

/* Every beginning of a head, in a block of exactly its size: the sanitizer
   sees whoever reads past it. */
static void test_cut_anywhere(void) {
  size_t whole = strlen(request);
  for (size_t size = 0; size <= whole; size++) {
    struct head *head = head_new(request, size);
    CHECK(head && head->size == size);
    CHECK(head_method(head).size <= size && head_target(head).size <= size);
    CHECK(head_query(head).size <= size && head_path(head).size <= size + 1);
    struct text value;
    CHECK(!head_find(head, "nothing", &value));
    CHECK(!head_has_token(head, "connection", "nothing"));
    free(head);
  }
}

static void test_nonsense(void) {
  static const char *const heads[] = {"\n",    "\r\n\r\n", " ",  "\r",
                                      "a\nb:", "a\r\n:\n", "\r", "? ?\n:,"};
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
    struct head *head = head_of(heads[i]);
    struct text value;
    head_path(head);
    head_query(head);
    head_find(head, "b", &value);
    CHECK(!head_has_token(head, "", "nothing"));
    free(head);
  }
}

int main(void) {
  test_request_line();
  test_targets();
  test_hosts();
  test_fields();
  test_find();
  test_tokens();
  test_cut_anywhere();
  test_nonsense();
  return check_report();
}

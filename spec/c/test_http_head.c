/*
** Heads and bodies of requests: which are taken and which refused, however the
** bytes are cut.
*/
#include "check.h"
#include "lib/buffer.h"
#include "model/config.h"
#include "model/head.h"
#include "net/http/body.h"
#include "net/http/head.h"

#include <stdlib.h>
#include <string.h>

#define HOST        "Host: a\r\n"
#define GET(fields) "GET / HTTP/1.1\r\n" HOST fields "\r\n"

static const struct limits limits = {.http_head = 1024, .http_body = 16};

struct row {
  const char *text;
  int status; /* 0: taken */
};

static const struct row heads[] = {
    {GET(""), 0},
    {GET("A:b\r\nC:  d \t\r\nEmpty:\r\n"), 0},
    {GET("A: caf\xc3\xa9\r\n"), 0},
    {"GET / HTTP/1.0\r\n\r\n", 0},
    {"HEAD /a?b=c HTTP/1.1\r\n" HOST "\r\n", 0},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 16\r\n\r\n", 0},
    {"PUT / HTTP/1.1\r\n" HOST "Content-Length: 0016\r\n\r\n", 0},
    {"PUT / HTTP/1.1\r\n" HOST "Content-Length:\t 16  \r\n\r\n", 0},
    {"PATCH / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n", 0},
    {"DELETE / HTTP/1.1\r\n" HOST "\r\n", 0},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0},
    {"GET http://b:80/x HTTP/1.1\r\n" HOST "\r\n", 0},
    {"GET https://b HTTP/1.1\r\n" HOST "\r\n", 0},
    {"GET ws://b:80/x HTTP/1.1\r\n" HOST "\r\n", 0},
    {"GET WSS://[::1]/x?y HTTP/1.1\r\n" HOST "\r\n", 0},
    {"GET ftp://b/x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET ws:/b/x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET http:///x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET ws://?x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET http://:80/x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET http://ada@b/x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET http://b\\c/x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 0},
    {"GET / HTTP/1.1\r\nHost: [::1]:9000\r\n\r\n", 0},
    {GET("Upgrade: h2c\r\nConnection: Upgrade\r\n"), 0},

    /* Lines. */
    {"GET / HTTP/1.1\nHost: a\n\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\rB: c\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400},
    {GET("A: b\r\n c\r\n"), 400},
    {GET("A: b\r\n\tc\r\n"), 400},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {GET("A : b\r\n"), 400},
    {GET("A\t: b\r\n"), 400},
    {GET("A\r\n"), 400},
    {GET(": b\r\n"), 400},
    {GET("A b: c\r\n"), 400},
    {GET("A(): c\r\n"), 400},
    {GET("A: \x01\r\n"), 400},
    {GET("A: \x7f\r\n"), 400},
    {GET("A: \x1b[31m\r\n"), 400},

    /* The request line. */
    {"GET /\r\n" HOST "\r\n", 400},
    {"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /  HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
    {" GET / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET\t/\tHTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/0.9\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.2\r\n" HOST "\r\n", 400},
    {"GET / HTTP/2.0\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.10\r\n" HOST "\r\n", 400},
    {"GET / http/1.1\r\n" HOST "\r\n", 400},
    {"GET / ICE/1.0\r\n" HOST "\r\n", 400},
    {"GET / RTSP/1.0\r\n" HOST "\r\n", 400},
    {"PRI * HTTP/2.0\r\n\r\n", 400},
    {"GET a HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET * HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /#a HTTP/1.1\r\n" HOST "\r\n", 400},

    /* Methods. */
    {"get / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GETS / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"FETCH / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"SETUP / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"PLAY / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"SOURCE / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"G(T / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"TRACE / HTTP/1.1\r\n" HOST "\r\n", 501},
    {"PROPFIND / HTTP/1.1\r\n" HOST "\r\n", 501},
    {"CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", 501},

    /* Host. */
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {GET(HOST), 400},
    {GET("hOST: b\r\n"), 400},
    {"GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},

    /* The body's length. */
    {GET("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
    {GET("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    {GET("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
    {GET("Content-Length: 5, 5\r\n"), 400},
    {GET("Content-Length: +5\r\n"), 400},
    {GET("Content-Length: -5\r\n"), 400},
    {GET("Content-Length: 0x5\r\n"), 400},
    {GET("Content-Length: 5 5\r\n"), 400},
    {GET("Content-Length:\r\n"), 400},
    {GET("Content-Length: 5\t\r\n"), 400},
    {GET("Content-Length: 17\r\n"), 413},
    {GET("Content-Length: 18446744073709551617\r\n"), 413},
    {GET("Content-Length: 99999999999999999999999999\r\n"), 413},
    {GET("Transfer-Encoding: gzip\r\n"), 501},
    {GET("Transfer-Encoding: gzip, chunked\r\n"), 501},
    {GET("Transfer-Encoding: chunked, identity\r\n"), 501},
    {GET("Transfer-Encoding: xchunked\r\n"), 501},
    {GET("Transfer-Encoding: chunked \t\r\n"), 400},
    {GET("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 501},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
};

/* The status with which a head is refused whose first `cut` bytes come first.
   It lies in a block of exactly its size: the sanitizer sees who reads on. */
static int status_of(const char *text, size_t size, size_t cut) {
  struct http_error error = {0};
  struct http_body state;
  size_t scanned = 0;
  struct head *head = head_new(text, size);
  size_t end = http_head_scan(head->bytes, cut, &scanned, &error);
  CHECK_CASE(end == 0, text);
  if (error.status == 0)
    end = http_head_scan(head->bytes, size, &scanned, &error);
  if (error.status == 0 && CHECK_CASE(end == size, text) &&
      http_head_check(head, &error) && http_head_check_method(head, &error) &&
      !http_body_start(&state, head, &limits)) {
    error = state.error;
  }
  free(head);
  CHECK_CASE(error.status == 0 || error.why, text);
  return error.status;
}

static void test_heads(void) {
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
    size_t size = strlen(heads[i].text);
    for (size_t cut = 0; cut < size; cut++) {
      CHECK_CASE(status_of(heads[i].text, size, cut) == heads[i].status,
                 heads[i].text);
    }
  }
}

static void test_zero_bytes(void) {
  static const char zero[] = "GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n";
  for (size_t cut = 0; cut < sizeof zero - 1; cut++) {
    CHECK(status_of(zero, sizeof zero - 1, cut) == 400);
  }
}

/* What is refused is refused as soon as it shows, not when the head ends. */
static void test_refused_early(void) {
  static const char *const begins[] = {"\x16\x03\x01", "GET / HTTP/1.1\n", "\n",
                                       "GET / HTTP/1.1\rX"};
  for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
    struct http_error error = {0};
    size_t scanned = 0;
    http_head_scan(begins[i], strlen(begins[i]), &scanned, &error);
    CHECK_CASE(error.status == 400, begins[i]);
  }
}

/* Where a head ends, though more lies behind it. */
static void test_end(void) {
  static const char two[] = GET("") GET("");
  struct http_error error = {0};
  size_t scanned = 0;
  size_t half = strlen(two) / 2;
  CHECK(http_head_scan(two, strlen(two), &scanned, &error) == half);
  CHECK(http_head_scan(two + half, half, &scanned, &error) == half);
}

static bool is_persistent(const char *text) {
  struct head *head = head_new(text, strlen(text));
  bool is = http_head_is_persistent(head);
  free(head);
  return is;
}

static void test_persistence(void) {
  CHECK(is_persistent(GET("")));
  CHECK(is_persistent(GET("Connection: keep-alive\r\n")));
  CHECK(!is_persistent(GET("Connection: foo, CLOSE\r\n")));
  CHECK(!is_persistent(GET("Connection: keep-alive, close\r\n")));
  CHECK(!is_persistent("GET / HTTP/1.0\r\n\r\n"));
  CHECK(is_persistent("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

/* --- bodies --- */

#define POST(fields) "POST / HTTP/1.1\r\n" HOST fields "\r\n"
#define CHUNKED      POST("Transfer-Encoding: chunked\r\n")
#define LENGTH(n)    POST("Content-Length: " n "\r\n")

static const struct {
  const char *head;
  const char *sent;
  const char *body;
  size_t used; /* of what was sent: the rest is the next request's */
  int status;
} bodies[] = {
    {LENGTH("5"), "hello", "hello", 5, 0},
    {LENGTH("5"), "helloGET / HT", "hello", 5, 0},
    {LENGTH("16"), "0123456789abcdef", "0123456789abcdef", 16, 0},
    {CHUNKED, "0\r\n\r\n", "", 5, 0},
    {CHUNKED, "5\r\nhello\r\n0\r\n\r\n", "hello", 15, 0},
    {CHUNKED, "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\nGET ", "hello", 20, 0},
    {CHUNKED, "1;a=b\r\nh\r\n0;c\r\nX: y\r\n\r\n", "h", 23, 0},
    {CHUNKED, "A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 20, 0},
    {CHUNKED, "0\r\nX:\r\nY-1: a\tb\xc3\xa9 \r\n\r\n", "", 22, 0},
    {CHUNKED, "1\r\n:\r\n0\r\n\r\n", ":", 11, 0},
    {CHUNKED, "11\r\n0123456789abcdefg\r\n0\r\n\r\n", "", 0, 413},
    {CHUNKED, "11\r\n", "", 0, 413},
    {CHUNKED, "ffffffffffffffff\r\n", "", 0, 413},
    {CHUNKED, "9\r\n012345678\r\n8\r\n", "", 0, 413},
    {CHUNKED, "9\r\n012345678\r\n9\r\n012345678\r\n0\r\n\r\n", "", 0, 413},
    {CHUNKED, "g\r\n", "", 0, 400},
    {CHUNKED, "-1\r\n", "", 0, 400},
    {CHUNKED, "0x5\r\nhello\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "\r\n", "", 0, 400},
    {CHUNKED, "5 \r\nhello\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "5\nhello\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "5;a\nhello\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "5\rhello\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "5\r\nhello\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "5\r\nhelloXX0\r\n\r\n", "", 0, 400},
    {CHUNKED, "5\r\nhello0\r\n\r\n", "", 0, 400},
    {CHUNKED, "5\r\nhello\r\n0\n\n", "", 0, 400},
    {CHUNKED, "5\r\nhello\r\n0\r\n\n", "", 0, 400},
    {CHUNKED, "0\r\nX y\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nX: y\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nX\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\n: y\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nX : y\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nX(: y\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nX: y\r\n z\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nX: y\r\n\tz\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\n X: y\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nX: \x01\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nX: \x7f\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nX: y\rz\r\n\r\n", "", 0, 400},
    {CHUNKED, "1;a=\x01\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "ffffffffffffffffff\r\n", "", 0, 400},
    {CHUNKED, "1;a=\"b; \xc3\xa9\";c\r\nh\r\n0\r\n\r\n", "h", 23, 0},
    {CHUNKED, "1;a=b;c\r\nh\r\n0\r\n\r\n", "h", 17, 0},
    {CHUNKED, "1;\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "1;=b\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "1;a=\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "1;;a\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "1; a\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "1;a=b\"c\"\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "1;a=\"b\"c\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "1;a=\"b\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "1;a=\"\\\"\"\r\nh\r\n0\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nContent-Lengths: 5\r\n\r\n", "", 25, 0},
    {CHUNKED, "0\r\nTransfer-Encodings: a\r\n\r\n", "", 28, 0},
    {CHUNKED, "0\r\ncontent-length: 5\r\n\r\n", "", 0, 400},
    {CHUNKED, "0\r\nTransfer-Encoding: chunked\r\n\r\n", "", 0, 400},
};

/* Feeds the pieces; returns how many bytes were used, or 0 when refused. */
static size_t feed(struct http_body *state, struct buffer *body,
                   const char *sent, size_t cut) {
  size_t size = strlen(sent);
  size_t used = 0;
  size_t ends[] = {cut, size};
  for (size_t i = 0; i < 2; i++) {
    if (ends[i] == used || state->is_whole) continue;
    size_t piece = ends[i] - used;
    char *copy = malloc(piece);
    memcpy(copy, sent + used, piece);
    size_t taken = http_body_take(state, body, copy, piece);
    free(copy);
    if (state->error.status != 0) return 0;
    used += taken;
  }
  return used;
}

static void test_bodies(void) {
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    const char *sent = bodies[i].sent;
    for (size_t cut = 0; cut < strlen(sent); cut++) {
      struct http_body state;
      struct buffer body = {0};
      struct head *head = head_new(bodies[i].head, strlen(bodies[i].head));
      CHECK_CASE(http_body_start(&state, head, &limits), sent);
      CHECK_CASE(!state.is_whole, sent);
      size_t used = feed(&state, &body, sent, cut);
      CHECK_CASE(state.error.status == bodies[i].status, sent);
      CHECK_CASE(used == bodies[i].used, sent);
      if (bodies[i].status == 0) {
        struct text is = {body.bytes, body.size};
        CHECK_CASE(state.is_whole, sent);
        CHECK_CASE(text_equals(is, text_of(bodies[i].body)), sent);
      }
      buffer_free(&body);
      free(head);
    }
  }
}

/* A body may not carry more around it than a head may be large. */
static void test_endless_framing(const char *begin, const char *more) {
  struct http_body state;
  struct buffer body = {0};
  struct head *head = head_new(CHUNKED, strlen(CHUNKED));
  CHECK(http_body_start(&state, head, &limits));
  http_body_take(&state, &body, begin, strlen(begin));
  size_t sent = 0;
  while (state.error.status == 0 && sent < 1 << 20) {
    http_body_take(&state, &body, more, strlen(more));
    sent += strlen(more);
  }
  CHECK_CASE(state.error.status == 431, begin);
  buffer_free(&body);
  free(head);
}

static void test_whole_without_body(void) {
  static const char *const texts[] = {GET(""), LENGTH("0"),
                                      GET("Upgrade: h2c\r\n"
                                          "Connection: Upgrade\r\n")};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct http_body state;
    struct head *head = head_new(texts[i], strlen(texts[i]));
    CHECK_CASE(http_body_start(&state, head, &limits), texts[i]);
    CHECK_CASE(state.is_whole, texts[i]);
    free(head);
  }
}

int main(void) {
  test_heads();
  test_zero_bytes();
  test_refused_early();
  test_end();
  test_persistence();
  test_bodies();
  test_endless_framing("1;", "aaaaaaaaaaaaaaaa");
  test_endless_framing("0\r\n", "X: y\r\n");
  test_endless_framing("0\r\nX:", "                ");
  test_endless_framing("0", "0000000000000000");
  test_whole_without_body();
  return check_report();
}

/* One event is one line, whatever a client put into it. */
#include "lib/log.h"
#include "lib/timers.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/head.h"
#include "model/registry.h"
#include "model/user.h"

#include "check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CAPTURE_MAX = 8192, TIME_SIZE = 24 };

static int real_stderr;
static FILE *file;
static char captured[CAPTURE_MAX];

/* Between these two, descriptor 2 is a temporary file. */
static void capture(void) {
  file = tmpfile();
  real_stderr = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
}

static const char *release(void) {
  dup2(real_stderr, STDERR_FILENO);
  close(real_stderr);
  rewind(file);
  size_t size = fread(captured, 1, sizeof captured - 1, file);
  captured[size] = '\0';
  fclose(file);
  return captured;
}

/* Whether it is a time as in 2026-01-31T12:00:00.123Z. */
static bool is_time(const char *at) {
  static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddZ";
  for (size_t i = 0; i < TIME_SIZE; i++) {
    bool fits = shape[i] == 'd' ? isdigit((unsigned char)at[i]) != 0
                                : at[i] == shape[i];
    if (!fits) return false;
  }
  return true;
}

/* Whether the output is a time and then `rest`. */
static bool is_text_line(const char *output, const char *rest) {
  if (is_time(output) && strcmp(output + TIME_SIZE, rest) == 0) return true;
  printf("got:  %s\nwant: %s\n", output, rest);
  return false;
}

static bool is_json_line(const char *output, const char *rest) {
  static const char opening[] = "{\"time\":\"";
  size_t size = sizeof opening - 1;
  return strncmp(output, opening, size) == 0 &&
         is_text_line(output + size, rest);
}

static const char *written(const char *message, const char *value) {
  struct log_field fields[] = {{"value", text_of(value), false}};
  capture();
  log_write(LOG_INFO, text_of(message), fields, value[0] ? 1 : 0);
  return release();
}

static void test_levels(void) {
  log_open(LOG_WARN, LOG_TEXT);
  CHECK(!log_takes(LOG_DEBUG) && !log_takes(LOG_INFO));
  CHECK(log_takes(LOG_WARN) && log_takes(LOG_ERROR));
  capture();
  log_event(LOG_INFO, "not %s", "written");
  CHECK(release()[0] == '\0');
  capture();
  log_event(LOG_WARN, "cannot listen on port %d", 9000);
  CHECK(is_text_line(release(), " warn cannot listen on port 9000\n"));
  capture();
  log_event(LOG_ERROR, "%s", "");
  CHECK(is_text_line(release(), " error \n"));
}

static void test_text_values(void) {
  log_open(LOG_DEBUG, LOG_TEXT);
  CHECK(is_text_line(written("m", "plain"), " info m value=plain\n"));
  CHECK(is_text_line(written("m", "grün"), " info m value=grün\n"));
  CHECK(is_text_line(written("m", "a b"), " info m value=\"a b\"\n"));
  CHECK(is_text_line(written("m", "a=b"), " info m value=\"a=b\"\n"));
  CHECK(is_text_line(written("m", "\"\\"), " info m value=\"\\\"\\\\\"\n"));
  CHECK(is_text_line(written("m", "a\nb\r\t\x1b"),
                     " info m value=\"a\\nb\\r\\t\\u001b\"\n"));
  CHECK(is_text_line(written("m", "\x7f\xc2\x9b"),
                     " info m value=\"\\u007f\\u009b\"\n"));
  CHECK(is_text_line(written("m", "\xff"), " info m value=\xEF\xBF\xBD\n"));
  struct log_field empty = {"e", {NULL, 0}, false};
  capture();
  log_write(LOG_INFO, text_of("m"), &empty, 1);
  CHECK(is_text_line(release(), " info m e=\"\"\n"));
}

static void test_text_messages(void) {
  log_open(LOG_DEBUG, LOG_TEXT);
  CHECK(is_text_line(written("a\rb\tc\x1b[31m", ""),
                     " info a\\rb\\tc\\u001b[31m\n"));
  CHECK(is_text_line(written("it said \"no\" \\", ""),
                     " info it said \"no\" \\\n"));
  CHECK(is_text_line(written("first\nsecond\n\tthird\n", ""),
                     " info first\n  second\n    third\n"));
  CHECK(is_text_line(written("failed\nat 1\nat 2", "x"),
                     " info failed value=x\n  at 1\n  at 2\n"));
  CHECK(is_text_line(written("\n", ""), " info \n"));
  struct text zero = {"a\0b", 3};
  capture();
  log_write(LOG_DEBUG, zero, NULL, 0);
  CHECK(is_text_line(release(), " debug a\\u0000b\n"));
}

/* No words of a message or a value look like a field. */
static void test_imitations(void) {
  log_open(LOG_DEBUG, LOG_TEXT);
  CHECK(is_text_line(written("hi user=42", ""), " info hi user\\=42\n"));
  CHECK(is_text_line(written("user=42 ref=1", "x"),
                     " info user\\=42 ref\\=1 value=x\n"));
  CHECK(is_text_line(written("hi\nuser=42\n\tref=1", ""),
                     " info hi\n  user\\=42\n    ref\\=1\n"));
  CHECK(is_text_line(written("hi\xc2\xa0user=42", ""),
                     " info hi\xc2\xa0user\\=42\n"));
  CHECK(is_text_line(written("(\xe3\x80\x80user=42", ""),
                     " info (\xe3\x80\x80user\\=42\n"));
  CHECK(is_text_line(written("m", "a user=42 b"),
                     " info m value=\"a user\\=42 b\"\n"));
  CHECK(is_text_line(written("m", "\xc2\xa0user=42"),
                     " info m value=\"\xc2\xa0user\\=42\"\n"));
  /* These are none. */
  CHECK(is_text_line(written("a = b, a == b, /x?y=z, (a=b)", ""),
                     " info a = b, a == b, /x?y=z, (a=b)\n"));
  CHECK(is_text_line(written("m", "a=b"), " info m value=\"a=b\"\n"));
}

/* Nor do they end the line, or turn it round, for whoever reads it. */
static void test_separators(void) {
  log_open(LOG_DEBUG, LOG_TEXT);
  CHECK(is_text_line(
      written("a\xe2\x80\xa8"
              "b\xe2\x80\xa9\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xc2\x85",
              "\xe2\x80\xa8"),
      " info a\\u2028b\\u2029\\u202e\\u2066\\u200f\\u0085 "
      "value=\"\\u2028\"\n"));
  CHECK(is_text_line(written("\xe2\x80\x94 \xe2\x82\xac", ""),
                     " info \xe2\x80\x94 \xe2\x82\xac\n"));
  log_open(LOG_DEBUG, LOG_JSON);
  CHECK(is_json_line(written("a\xe2\x80\xa8\x7f\xc2\x85 x=1", ""),
                     "\",\"level\":\"info\",\"message\":"
                     "\"a\\u2028\\u007f\\u0085 x=1\"}\n"));
}

static void test_json(void) {
  log_open(LOG_DEBUG, LOG_JSON);
  capture();
  log_event(LOG_INFO, "%s", "connected");
  CHECK(is_json_line(release(),
                     "\",\"level\":\"info\",\"message\":\"connected\"}\n"));
  CHECK(is_json_line(written("a\nb\t\"", "\x01\\ \xc3"),
                     "\",\"level\":\"info\",\"message\":\"a\\nb\\t\\\"\","
                     "\"value\":\"\\u0001\\\\ \xEF\xBF\xBD\"}\n"));
  struct log_field fields[] = {{"n", text_of("12"), true},
                               {"is \"odd\"", text_of("true"), true},
                               {"s", text_of("12"), false},
                               {"e", {NULL, 0}, false}};
  capture();
  log_write(LOG_ERROR, text_of("m"), fields, 4);
  CHECK(is_json_line(release(),
                     "\",\"level\":\"error\",\"message\":\"m\",\"n\":12,"
                     "\"is \\\"odd\\\"\":true,\"s\":\"12\",\"e\":\"\"}\n"));
}

static void test_invalid_bytes(void) {
  log_open(LOG_DEBUG, LOG_JSON);
  CHECK(
      is_json_line(written("ok \xe2\x82\xac \xe2\x82 \xc0\xaf.", ""),
                   "\",\"level\":\"info\",\"message\":\"ok € "
                   "\xEF\xBF\xBD\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD.\"}\n"));
}

static uint64_t stopped_clock(void *context) {
  (void)context;
  return 0;
}

static void check_about(const struct connection *connection,
                        enum log_format format, const char *shape) {
  char expected[200];
  snprintf(expected, sizeof expected, shape,
           (unsigned long long)connection->id);
  log_open(LOG_DEBUG, format);
  capture();
  connection_log(LOG_INFO, connection, "event %d", 1);
  const char *output = release();
  CHECK(format == LOG_JSON ? is_json_line(output, expected)
                           : is_text_line(output, expected));
}

static void test_about(void) {
  struct config config = {0};
  struct timers timers;
  struct registry registry;
  timers_open(&timers, stopped_clock, NULL);
  registry_open(&registry, &config, &timers);
  struct connection *connection = connection_open(&registry, head_new("", 0));
  check_about(connection, LOG_TEXT, " info event 1 connection=%llu\n");
  user_join(user_add(&registry, text_of("42"), true), connection);
  check_about(connection, LOG_TEXT, " info event 1 connection=%llu user=42\n");
  check_about(connection, LOG_JSON,
              "\",\"level\":\"info\",\"message\":\"event 1\","
              "\"connection\":%llu,\"user\":42}\n");
  user_join(user_add(&registry, text_of("a b"), false), connection);
  check_about(connection, LOG_TEXT,
              " info event 1 connection=%llu user=\"a b\"\n");
  check_about(connection, LOG_JSON,
              "\",\"level\":\"info\",\"message\":\"event 1\","
              "\"connection\":%llu,\"user\":\"a b\"}\n");
  registry_close(&registry);
  timers_close(&timers);
}

static void test_long_lines(void) {
  static char message[5001];
  memset(message, 'x', sizeof message - 1);
  log_open(LOG_DEBUG, LOG_TEXT);
  capture();
  log_event(LOG_INFO, "%s", message);
  const char *output = release();
  CHECK(strlen(output) == TIME_SIZE + strlen(" info ") + 5000 + 1);
}

/* A closed standard error is no reason to fail. */
static void test_failed_write(void) {
  log_open(LOG_DEBUG, LOG_TEXT);
  capture();
  close(STDERR_FILENO);
  log_event(LOG_INFO, "nobody hears this");
  CHECK(release()[0] == '\0');
}

int main(void) {
  test_levels();
  test_text_values();
  test_text_messages();
  test_imitations();
  test_separators();
  test_json();
  test_invalid_bytes();
  test_about();
  test_long_lines();
  test_failed_write();
  return check_report();
}

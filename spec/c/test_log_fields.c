/* Names that others have chosen make no field twice, and none of the log's. */
#include "lib/log_fields.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

static struct log_fields fields;
static char said[2048];

static void add(const char *name) {
  CHECK(log_fields_add(&fields, text_of(name), text_of(name), false));
}

/* The names in their order, each with its value where that is another one. */
static const char *arranged(void) {
  log_fields_arrange(&fields);
  said[0] = '\0';
  for (int i = 0; i < fields.count; i++) {
    const struct log_field *field = &fields.each[i];
    size_t size = strlen(said);
    bool is_same = text_equals(text_of(field->name), field->value);
    snprintf(said + size, sizeof said - size, "%s%s%s%s", size > 0 ? " " : "",
             field->name, is_same ? "" : "<",
             is_same ? "" : field->value.bytes);
  }
  fields.count = 0;
  return said;
}

static bool are(const char *expected) {
  const char *got = arranged();
  if (strcmp(got, expected) == 0) return true;
  printf("got:  %s\nwant: %s\n", got, expected);
  return false;
}

static void test_order(void) {
  add("b");
  add("traceback");
  add("a");
  add("ref");
  add("zebra");
  add("B");
  CHECK(are("ref B a b zebra traceback"));
}

static void test_own_names(void) {
  add("time");
  add("level");
  add("message");
  add("connection");
  add("user");
  add("users");
  CHECK(are("connection_<connection level_<level message_<message time_<time "
            "user_<user users"));
}

static void test_clashes(void) {
  add("message");
  add("message_");
  add("message__");
  add("a b");
  add("a_b");
  add("a=b");
  CHECK(are("a_b a_b_<a b a_b__<a=b message_ message__ message___<message"));
}

static void test_odd_names(void) {
  add("");
  add("gr\xc3\xbc");
  add("x\ny");
  add("\"q\"");
  CHECK(are("_< _q_<\"q\" gr__<gr\xc3\xbc x_y<x\ny"));
  struct text zero = {"a\0b", 3};
  CHECK(log_fields_add(&fields, zero, text_of("v"), false));
  CHECK(are("a_b<v"));
}

/* Long ones are cut, and may be equal then. */
static void test_long_names(void) {
  static char name[200];
  memset(name, 'n', sizeof name - 1);
  for (int i = 0; i < LOG_FIELDS_MAX; i++)
    add(name);
  CHECK(!log_fields_add(&fields, text_of("more"), text_of(""), false));
  log_fields_arrange(&fields);
  for (int i = 1; i < fields.count; i++) {
    CHECK(strcmp(fields.each[i - 1].name, fields.each[i].name) < 0);
  }
  CHECK(strlen(fields.each[LOG_FIELDS_MAX - 1].name) ==
        LOG_NAME_MAX + LOG_FIELDS_MAX - 1);
  fields.count = 0;
}

int main(void) {
  test_order();
  test_own_names();
  test_clashes();
  test_odd_names();
  test_long_names();
  return check_report();
}

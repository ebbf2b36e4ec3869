#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/*
** What a C test needs: main() calls the tests one by one and returns
** check_report(). A check that fails says where it stands and what it expected,
** and the test goes on.
*/
#include <stdbool.h>
#include <stdio.h>

static unsigned checks_passed;
static unsigned checks_failed;

#define CHECK(condition) check((condition), __FILE__, __LINE__, #condition, "")

/* For checks in a loop or a table: `label`, a string, tells which round it
   was. */
#define CHECK_CASE(condition, label)                                           \
  check((condition), __FILE__, __LINE__, #condition, (label))

static inline bool check(bool passed, const char *file, int line,
                         const char *expression, const char *label) {
  if (passed) {
    checks_passed++;
    return true;
  }
  checks_failed++;
  fprintf(stderr, "%s:%d: %s%s%s\n", file, line, expression,
          *label ? "  with " : "", label);
  return false;
}

/* Prints the counts; what main() returns. */
static inline int check_report(void) {
  printf("%u passed, %u failed\n", checks_passed, checks_failed);
  return checks_failed > 0 || checks_passed == 0;
}

#endif

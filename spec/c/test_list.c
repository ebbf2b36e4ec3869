/*
** Lists whose links lie in what is listed.
*/
#include "check.h"

#include "lib/list.h"

#include <string.h>

struct letter {
  char name;
  struct list_link link;
  struct list_link other; /* of a second list */
};

static struct list list;
static struct letter a, b, c;

static void begin(void) {
  list = (struct list){0};
  a = (struct letter){.name = 'a'};
  b = (struct letter){.name = 'b'};
  c = (struct letter){.name = 'c'};
}

/* Whether these are listed, in this order, and backwards likewise. */
static bool is(const char *names) {
  size_t size = strlen(names);
  size_t count = 0;
  list_each(const struct letter, each, &list, link) {
    if (count >= size || each->name != names[count++]) return false;
    const struct list_link *next = each->link.next;
    if (next->previous != &each->link) return false;
  }
  return count == size && list_is_empty(&list) == (size == 0);
}

static void test_order(void) {
  begin();
  CHECK(is(""));
  list_append(&list, &b.link);
  CHECK(is("b"));
  list_append(&list, &c.link);
  list_prepend(&list, &a.link);
  CHECK(is("abc"));
  CHECK(list_first(&list, struct letter, link) == &a);
  CHECK(list_next(&list, &a, struct letter, link) == &b);
  CHECK(list_next(&list, &c, struct letter, link) == NULL);
}

static void test_prepend_to_none(void) {
  begin();
  CHECK(list_first(&list, struct letter, link) == NULL);
  list_prepend(&list, &a.link);
  CHECK(is("a"));
}

static void test_remove(void) {
  begin();
  list_append(&list, &a.link);
  list_append(&list, &b.link);
  list_append(&list, &c.link);
  list_remove(&b.link);
  CHECK(is("ac") && !list_has_link(&b.link) && list_has_link(&a.link));
  list_remove(&b.link);
  CHECK(is("ac"));
  list_remove(&a.link);
  list_remove(&c.link);
  CHECK(is("") && list_first(&list, struct letter, link) == NULL);
  list_append(&list, &b.link);
  CHECK(is("b"));
}

static void test_take_first(void) {
  begin();
  CHECK(list_take_first(&list, struct letter, link) == NULL);
  list_append(&list, &a.link);
  list_append(&list, &b.link);
  CHECK(list_take_first(&list, struct letter, link) == &a);
  CHECK(is("b") && !list_has_link(&a.link));
  CHECK(list_take_first(&list, struct letter, link) == &b);
  CHECK(is("") && list_take_first(&list, struct letter, link) == NULL);
}

static void test_two_lists(void) {
  static struct list others; /* the letters outlive the test */
  begin();
  list_append(&list, &a.link);
  list_append(&others, &a.other);
  list_append(&others, &b.other);
  list_remove(&a.link);
  CHECK(is("") && list_first(&others, struct letter, other) == &a);
  list_append(&list, &b.link);
  CHECK(is("b"));
}

static void test_remove_in_loop(void) {
  begin();
  list_append(&list, &a.link);
  list_append(&list, &b.link);
  list_append(&list, &c.link);
  list_each(struct letter, each, &list, link) {
    if (each->name == 'b') break;
    list_remove(&each->link);
    *each = (struct letter){0};
  }
  CHECK(is("bc"));
  list_each(struct letter, each, &list, link)
    list_remove(&each->link);
  CHECK(is(""));
}

static void test_owner(void) {
  begin();
  CHECK(owner_of(&a.other, struct letter, other) == &a);
}

int main(void) {
  test_order();
  test_prepend_to_none();
  test_remove();
  test_take_first();
  test_two_lists();
  test_remove_in_loop();
  test_owner();
  return check_report();
}

#include "load_template.h"

#include "load_fail.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 100000, COUNT = 900000 };

static const size_t most_digits = (size_t)TEMPLATE_HOLES * TEMPLATE_DIGITS;

void template_digits(unsigned number, char digits[TEMPLATE_DIGITS]) {
  unsigned rest = FIRST + number % COUNT;
  for (unsigned i = TEMPLATE_DIGITS; i-- > 0; rest /= 10) {
    digits[i] = (char)('0' + rest % 10);
  }
}

void template_open(struct template *template, const char *pattern) {
  *template = (struct template){0};
  size_t length = strlen(pattern);
  template->text = malloc(length + most_digits + 1);
  if (!template->text) fail("out of memory: a message of %zu bytes", length);
  for (const char *c = pattern; *c; c++) {
    if (*c != '#' && *c != '@') {
      template->text[template->size++] = *c;
      continue;
    }
    if (template->hole_count == TEMPLATE_HOLES) {
      fail("a message has at most %d of # and @", TEMPLATE_HOLES);
    }
    template->holes[template->hole_count++] =
        (struct template_hole){template->size, *c == '@'};
    memset(template->text + template->size, '0', TEMPLATE_DIGITS);
    template->size += TEMPLATE_DIGITS;
  }
}

bool template_matches(const struct template *template, const char *bytes,
                      size_t size, unsigned question, unsigned connection) {
  if (size != template->size) return false;
  size_t at = 0;
  for (unsigned i = 0; i < template->hole_count; i++) {
    const struct template_hole *hole = &template->holes[i];
    char digits[TEMPLATE_DIGITS];
    template_digits(hole->is_connection ? connection : question, digits);
    if (memcmp(bytes + at, template->text + at, hole->at - at) != 0) {
      return false;
    }
    if (memcmp(bytes + hole->at, digits, sizeof digits) != 0) return false;
    at = hole->at + TEMPLATE_DIGITS;
  }
  return memcmp(bytes + at, template->text + at, size - at) == 0;
}

void template_write(const struct template *template, char *out,
                    unsigned question, unsigned connection) {
  memcpy(out, template->text, template->size);
  for (unsigned i = 0; i < template->hole_count; i++) {
    const struct template_hole *hole = &template->holes[i];
    template_digits(hole->is_connection ? connection : question,
                    out + hole->at);
  }
}

void template_close(struct template *template) {
  free(template->text);
  *template = (struct template){0};
}

#ifndef BASE_LOAD_TEMPLATE_H
#define BASE_LOAD_TEMPLATE_H

/*
** A message with holes: where its text had a `#` stands the number of the
** question, and where it had an `@` that of the connection, always as six
** digits. So every message is another one and none has to be composed.
*/
#include <stdbool.h>
#include <stddef.h>

enum { TEMPLATE_HOLES = 4, TEMPLATE_DIGITS = 6 };

struct template_hole {
  size_t at;
  bool is_connection; /* else the question's */
};

struct template {
  char *text;
  size_t size;
  struct template_hole holes[TEMPLATE_HOLES];
  unsigned hole_count;
};

/* The six digits that stand for a number; they repeat after 900,000. */
void template_digits(unsigned number, char digits[TEMPLATE_DIGITS]);

void template_open(struct template *template, const char *pattern);
/* Whether bytes are this message with these numbers, every byte of it. */
bool template_matches(const struct template *template, const char *bytes,
                      size_t size, unsigned question, unsigned connection);
/* Writes the message to `out`, where there is room for its size. */
void template_write(const struct template *template, char *out,
                    unsigned question, unsigned connection);
void template_close(struct template *template);

#endif

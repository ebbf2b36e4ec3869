#ifndef BASE_LIB_LOG_FIELDS_H
#define BASE_LIB_LOG_FIELDS_H

/*
** The fields of a line whose names somebody else has chosen, a script or who
** speaks to it. Each name is there once, is none of the log's own, and is made
** of letters that no format has to quote; the order is always the same.
*/
#include "lib/log.h"
#include "lib/text.h"

#include <stdbool.h>

enum {
  LOG_FIELDS_MAX = 32,
  LOG_NAME_MAX = 64 /* bytes of a name; what is behind them is cut off */
};

struct log_fields {
  struct log_field each[LOG_FIELDS_MAX];
  /* With the underscores that tell equal ones apart. */
  char names[LOG_FIELDS_MAX][LOG_NAME_MAX + LOG_FIELDS_MAX + 2];
  bool is_renamed[LOG_FIELDS_MAX];
  int count;
};

/* The order of fields: `ref`, then by the bytes of their names, and `traceback`
   last. Below 0, 0 or above 0, as memcmp. */
int log_fields_compare(struct text a, struct text b);

/* The value's bytes must last until the line is written. False when there is
   no room. */
bool log_fields_add(struct log_fields *fields, struct text name,
                    struct text value, bool is_literal);

/* All are there: gives each its name and its place. `time`, `level`, `message`,
   `connection` and `user` get an underscore behind them, and another one where
   that is taken. */
void log_fields_arrange(struct log_fields *fields);

#endif

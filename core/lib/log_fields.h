#ifndef BASE_LIB_LOG_FIELDS_H
#define BASE_LIB_LOG_FIELDS_H

/*
** The fields of a log line whose names come from a script or a client. Every
** name occurs once, differs from the log's own names, and consists of
** characters that no format has to quote. The order is always the same.
*/
#include "lib/log.h"
#include "lib/text.h"

#include <stdbool.h>

enum {
  LOG_FIELDS_MAX = 32,
  LOG_NAME_MAX = 64 /* bytes of a name; longer names are cut */
};

struct log_fields {
  struct log_field each[LOG_FIELDS_MAX];
  /* With the underscores that make equal names differ. */
  char names[LOG_FIELDS_MAX][LOG_NAME_MAX + LOG_FIELDS_MAX + 2];
  bool is_renamed[LOG_FIELDS_MAX];
  int count;
};

/* The order of fields: `ref` first, then by the bytes of their names,
   `traceback` last. Returns below 0, 0 or above 0, as memcmp. */
int log_fields_compare(struct text a, struct text b);

/* Adds a field. The value's bytes must last until the line is written. False
   when there is no room. */
bool log_fields_add(struct log_fields *fields, struct text name,
                    struct text value, bool is_literal);

/* To be called once, after all fields are added: gives each its final name and
   place. `time`, `level`, `message`, `connection` and `user` get an underscore
   at their end, and another one while that name is taken. */
void log_fields_arrange(struct log_fields *fields);

#endif

#ifndef BASE_LIB_LOG_H
#define BASE_LIB_LOG_H

/*
** The log: one line per event on standard error, as text or as JSON. Cookies,
** tokens and bodies never go in: callers name events, ids and reasons. It holds
** nobody up: lines that cannot be written at once (lib/log_output.h), or for
** which memory is missing, are counted, and a later line says how many.
**
** In text, fields are told from what stands in messages and values: there an
** `=` that would make a field gets a backslash, and values with spaces are in
** quotes.
**
**   2026-01-31T12:00:00.123Z info connected connection=1811 address=127.0.0.1
**   {"time":"2026-01-31T12:00:00.123Z","level":"info","message":"connected",…}
*/
#include "lib/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

/* Their names, in this order, and NULL. */
extern const char *const log_level_names[];

struct log_field {
  const char *name;
  struct text value;
  bool
      is_literal; /* a JSON number, true, false, null: printed without quotes */
};

void log_open(enum log_level level, enum log_format format);

/* Lines go to this descriptor instead: a test reads them. */
void log_to(int descriptor);

/* Lines were lost and nobody has said so yet, as nothing was to be written
   since: tries to, once a second at most. */
void log_catch_up(void);

/* Whether a line of that level would be written. */
bool log_takes(enum log_level level);

/* One line. */
void log_event(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, with fields. */
void log_event_list(enum log_level level, const struct log_field *fields,
                    int field_count, const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));

/* One line of a text that may be anybody's. A line feed in it is written as it
   is in text format only inside a traceback: lines after the first are indented
   by two spaces. */
void log_write(enum log_level level, struct text message,
               const struct log_field *fields, int field_count);

#endif

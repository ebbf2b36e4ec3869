#ifndef BASE_LIB_LOG_H
#define BASE_LIB_LOG_H

/*
** The log: one line per event on standard error, as text or as JSON. Cookies,
** tokens and bodies never go in: callers name events, ids and reasons. The log
** blocks nobody: lines that cannot be written at once (lib/log_output.h), or
** for which memory is missing, are counted, and a later line says how many
** were lost.
**
** In text format, an `=` in a message that would look like a field gets a
** backslash, and values with spaces are quoted. So fields can be told from
** other text.
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

/* The names of the levels, in the order of the enum, then NULL. */
extern const char *const log_level_names[];

struct log_field {
  const char *name;
  struct text value;
  bool is_literal; /* value is a JSON number, true, false or null: no quotes */
};

void log_open(enum log_level level, enum log_format format);

/* Sends the lines to this descriptor instead; for tests. */
void log_to(int descriptor);

/* Reports lost lines that no later line has reported yet. Tries at most once a
   second. */
void log_catch_up(void);

/* Whether a line of that level would be written. */
bool log_takes(enum log_level level);

/* Logs one line. */
void log_event(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, with fields. */
void log_event_list(enum log_level level, const struct log_field *fields,
                    int field_count, const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));

/* Logs one line with a text from any source. In text format, a line feed stays
   only in a traceback; the lines after the first are indented by two spaces. */
void log_write(enum log_level level, struct text message,
               const struct log_field *fields, int field_count);

#endif

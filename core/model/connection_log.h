#ifndef BASE_MODEL_CONNECTION_LOG_H
#define BASE_MODEL_CONNECTION_LOG_H

/*
** Lines of the log about a connection: they have its id, and its user's if it
** has one.
*/
#include "lib/log.h"

struct connection;

/* One line. */
void connection_log(enum log_level level, const struct connection *connection,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As log_write, of no more than LOG_FIELDS_MAX fields; the connection's stand
   before them. NULL: nobody's. */
void connection_log_write(enum log_level level,
                          const struct connection *connection,
                          struct text message, const struct log_field *fields,
                          int field_count);

#endif

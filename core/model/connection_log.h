#ifndef BASE_MODEL_CONNECTION_LOG_H
#define BASE_MODEL_CONNECTION_LOG_H

/*
** Lines of the log about a connection, with its id, and with its user's id if
** it has one.
*/
#include "lib/log.h"

struct connection;

/* Logs one line. */
void connection_log(enum log_level level, const struct connection *connection,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As log_write, with up to LOG_FIELDS_MAX fields, which follow the connection's
   own. `connection` may be NULL. */
void connection_log_write(enum log_level level,
                          const struct connection *connection,
                          struct text message, const struct log_field *fields,
                          int field_count);

#endif

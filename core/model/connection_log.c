#include "model/connection_log.h"

#include "lib/log_fields.h"
#include "model/connection.h"
#include "model/user.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ID_SIZE = 24, OWN_FIELDS = 2 };

/* Sets the fields that identify the connection, and returns their number. The
   id is printed into `id`. */
static int describe_connection(const struct connection *connection,
                               char id[ID_SIZE],
                               struct log_field fields[OWN_FIELDS]) {
  if (!connection) return 0;
  snprintf(id, ID_SIZE, "%" PRIu64, connection->id);
  fields[0] = (struct log_field){"connection", text_of(id), true};
  const struct user *user = connection->user;
  if (!user) return 1;
  struct text user_id = user_id_text(user);
  fields[1] = (struct log_field){"user", user_id, user->is_integer};
  return 2;
}

void connection_log(enum log_level level, const struct connection *connection,
                    const char *format, ...) {
  if (!log_takes(level)) return;
  char id[ID_SIZE];
  struct log_field fields[OWN_FIELDS];
  int count = describe_connection(connection, id, fields);
  va_list arguments;
  va_start(arguments, format);
  log_event_list(level, fields, count, format, arguments);
  va_end(arguments);
}

void connection_log_write(enum log_level level,
                          const struct connection *connection,
                          struct text message, const struct log_field *fields,
                          int field_count) {
  if (!log_takes(level)) return;
  char id[ID_SIZE];
  struct log_field all[OWN_FIELDS + LOG_FIELDS_MAX];
  int count = describe_connection(connection, id, all);
  assert(field_count <= LOG_FIELDS_MAX);
  if (field_count > 0)
    memcpy(all + count, fields, (size_t)field_count * sizeof *fields);
  log_write(level, message, all, count + field_count);
}

#include "tls/records.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

enum {
  IDLE_MAX = 32,  /* records without data, since the last handshake ended or
                     data came */
  STEPS_MAX = 256 /* records and messages of handshakes */
};

/* The places of the two counts in a connection's extra data. */
static int idle_place = -1;
static int steps_place = -1;

static uintptr_t count_record(SSL *connection, int place) {
  uintptr_t so_far = (uintptr_t)SSL_get_ex_data(connection, place) + 1;
  SSL_set_ex_data(connection, place, (void *)so_far);
  return so_far;
}

/* In TLS 1.3, records are encrypted once a handshake has begun. Their headers
   then always say that they hold data; the true type is reported separately. */
static bool is_counted(int type, const unsigned char *bytes, size_t size) {
  switch (type) {
  case SSL3_RT_HEADER:
  case SSL3_RT_INNER_CONTENT_TYPE:
    return size > 0 && bytes[0] != SSL3_RT_APPLICATION_DATA;
  case SSL3_RT_HANDSHAKE:
    return true; /* many of them fit into one record */
  default:
    return false;
  }
}

/* OpenSSL checks this mark before each record, and reads no more when it is
   set. */
static void end_reading(SSL *connection, const struct records_events *events) {
  int mark = SSL_get_shutdown(connection);
  if (mark & SSL_RECEIVED_SHUTDOWN) return;
  SSL_set_shutdown(connection, mark | SSL_RECEIVED_SHUTDOWN);
  events->excess(connection);
}

/* Counts a record or message: by whether a handshake is under way. OpenSSL
   reports the first message of a later handshake when that handshake has
   already begun. */
static void on_message(int is_written, int version, int type, const void *bytes,
                       size_t size, SSL *connection, void *events) {
  (void)version;
  if (is_written || !is_counted(type, bytes, size)) return;
  bool is_idle = SSL_is_init_finished(connection);
  uintptr_t so_far =
      count_record(connection, is_idle ? idle_place : steps_place);
  if (so_far > (is_idle ? IDLE_MAX : STEPS_MAX))
    end_reading(connection, events);
}

void records_watch(SSL_CTX *context, const struct records_events *events) {
  if (idle_place < 0) {
    idle_place = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    steps_place = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
  }
  /* SSL_MODE_AUTO_RETRY stays on. Without it a read ends after a KeyUpdate, and
     since OpenSSL 3.2 SSL_has_pending does not report what follows that. */
  SSL_CTX_set_msg_callback(context, on_message);
  SSL_CTX_set_msg_callback_arg(context, (void *)events);
}

static unsigned take_count(SSL *connection, int place) {
  uintptr_t so_far = (uintptr_t)SSL_get_ex_data(connection, place);
  SSL_set_ex_data(connection, place, NULL);
  return (unsigned)so_far;
}

unsigned records_brought_data(SSL *connection) {
  if (idle_place < 0) return 0;
  return take_count(connection, idle_place) +
         take_count(connection, steps_place);
}

#include "net/ws/delivering.h"

#include "lib/utf8.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/message.h"
#include "model/outbox.h"
#include "model/registry.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/ws/deflate.h"
#include "net/ws/frame.h"
#include "net/ws/partial.h"

#include <stdio.h>

bool websocket_is_listening(const struct socket *socket) {
  return socket->connection && socket->connection->state == CONNECTION_OPEN &&
         !socket->connection->is_leaving && !socket->net->is_stopped;
}

void websocket_fail(struct socket *socket, int code, const char *why) {
  socket->close_received = true;
  if (socket->connection) connection_close(socket->connection, code, why);
}

static void tell_limit(const struct socket *socket, enum limit_hit_cause cause,
                       int code, const char *limit) {
  struct registry *registry = socket->net->registry;
  if (!socket->connection || !limit_hit_add(&registry->limit_hits, cause))
    return;
  connection_log(LOG_WARN, socket->connection, "closed with %d (%s)", code,
                 limit);
}

void websocket_fail_too_big(struct socket *socket) {
  char why[CLOSE_REASON_MAX + 1];
  tell_limit(socket, LIMIT_HIT_MESSAGE_SIZE, CLOSE_TOO_BIG,
             "limits.message_size");
  snprintf(why, sizeof why, "a message of more than %llu bytes",
           (unsigned long long)socket->net->config->limits.message_size);
  websocket_fail(socket, CLOSE_TOO_BIG, why);
}

void websocket_fail_kept(struct socket *socket, enum quota_limit passed) {
  if (passed == QUOTA_OF_USER)
    tell_limit(socket, LIMIT_HIT_WAITING_USER, CLOSE_TRY_LATER,
               "limits.waiting_per_user");
  else
    tell_limit(socket, LIMIT_HIT_WAITING_ADDRESS, CLOSE_TRY_LATER,
               "limits.waiting_per_address");
  websocket_fail(socket, CLOSE_TRY_LATER, "too many messages are waiting");
}

/* --- limits.rate --- */

enum { REFUSALS_MAX = 10 };

bool websocket_may(struct socket *socket, uint64_t price) {
  const struct limits *limits = &socket->net->config->limits;
  if (limits->rate == 0) return true;
  if (bucket_take(&socket->peer.bucket, uv_now(socket->net->loop), limits->rate,
                  limits->burst, price)) {
    if (price == BUCKET_WHOLE) socket->peer.refusals = 0;
    return true;
  }
  if (!websocket_is_listening(socket)) return false;
  if (++socket->peer.refusals < REFUSALS_MAX) return false;
  tell_limit(socket, LIMIT_HIT_RATE, CLOSE_RATE, "limits.rate");
  websocket_fail(socket, CLOSE_RATE, "too many messages a second");
  return false;
}

void websocket_refuse_message(struct socket *socket, const char *bytes,
                              size_t size) {
  if (!websocket_is_listening(socket)) return;
  struct net *net = socket->net;
  if (bytes && !utf8_is_valid(bytes, size)) bytes = NULL;
  net->events->limited(net->context, socket->connection, bytes, size);
}

/* --- control frames --- */

static void receive_close(struct socket *socket, const char *bytes,
                          size_t size) {
  int code;
  struct text reason;
  const char *why;
  int refused = frame_scan_close(bytes, size, &code, &reason, &why);
  if (refused != 0) {
    websocket_fail(socket, refused, why);
    return;
  }
  socket->close_received = true;
  struct connection *connection = socket->connection;
  if (!connection || connection->state != CONNECTION_OPEN) return;
  partial_keep_reason(socket, reason.bytes, reason.size);
  connection_close(connection, code, NULL);
}

static void answer_ping(struct socket *socket, const char *bytes, size_t size) {
  struct connection *connection = socket->connection;
  if (!connection || connection->state != CONNECTION_OPEN) return;
  struct message *pong = message_new(MESSAGE_PONG, bytes, size);
  if (!pong || !outbox_push(&connection->outbox, pong)) {
    websocket_fail(socket, CLOSE_FAILED, "out of memory");
  }
  message_unref(pong);
}

void websocket_take_control(struct socket *socket, uint8_t opcode,
                            const char *bytes, size_t size) {
  if (opcode == MESSAGE_CLOSE) {
    receive_close(socket, bytes, size);
    return;
  }
  if (!websocket_may(socket, BUCKET_WHOLE)) return;
  if (opcode == MESSAGE_PING) answer_ping(socket, bytes, size);
}

/* --- messages --- */

void websocket_take_message(struct socket *socket, uint8_t kind, char *bytes,
                            size_t size, bool is_checked) {
  if (!websocket_is_listening(socket)) return;
  if (kind == MESSAGE_TEXT && !is_checked && !utf8_is_valid(bytes, size)) {
    websocket_fail(socket, CLOSE_BAD_TEXT, "a text that is not UTF-8");
    return;
  }
  struct net *net = socket->net;
  net->events->received(net->context, socket->connection,
                        (enum message_kind)kind, bytes, size);
}

/* Small deflated messages may inflate to much, and would delay other sockets.
   So the inflated bytes of each read are limited. */
enum { INFLATED_PER_READ = 8 * 1024 * 1024 };

static bool is_too_much(struct net *net, size_t inflated_size) {
  net->inflated += inflated_size;
  return net->inflated > INFLATED_PER_READ + net->config->limits.message_size;
}

void websocket_take_deflated(struct socket *socket, uint8_t kind,
                             const char *bytes, size_t size) {
  if (!websocket_is_listening(socket)) return;
  struct net *net = socket->net;
  char *inflated;
  size_t inflated_size;
  switch (deflate_inflate(net->deflate, bytes, size,
                          net->config->limits.message_size, &inflated,
                          &inflated_size)) {
  case INFLATED:
    if (is_too_much(net, inflated_size)) {
      tell_limit(socket, LIMIT_HIT_INFLATED, CLOSE_RATE,
                 "the messages of one read inflate to more than 8 MiB");
      websocket_fail(socket, CLOSE_RATE, "too much at once");
    } else {
      websocket_take_message(socket, kind, inflated, inflated_size, false);
    }
    break;
  case INFLATED_TOO_BIG:
    websocket_fail_too_big(socket);
    break;
  case INFLATED_BROKEN:
    websocket_fail(socket, CLOSE_BAD_TEXT, "a message that does not inflate");
    break;
  case INFLATED_NO_MEMORY:
    websocket_fail(socket, CLOSE_FAILED, "out of memory");
    break;
  }
  deflate_trim(net->deflate);
}

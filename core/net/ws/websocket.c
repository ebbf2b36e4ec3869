#include "net/ws/websocket.h"

#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/head.h"
#include "model/message.h"
#include "model/outbox.h"
#include "model/registry.h"
#include "net/peer/client.h"
#include "net/socket/protocol.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/ws/deflate.h"
#include "net/ws/frame.h"
#include "net/ws/partial.h"
#include "net/ws/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  CLOSE_WAIT = 2000,      /* milliseconds for the peer's Close */
  CLOSING_TIME = 10000,   /* for the output before our Close */
  SLOW_READER_TIME = 5000 /* the same when it is closed with 4008 */
};

bool websocket_open(struct socket *socket, struct head *head,
                    struct message *answer) {
  struct net *net = socket->net;
  bool may_stay = client_may_stay(socket, head);
  if (!may_stay || refusal_is_due(net)) {
    free(head);
    return refusal_open(socket, answer,
                        may_stay ? REFUSAL_FULL : REFUSAL_ADDRESS);
  }
  struct connection *connection = connection_open(net->registry, head);
  if (!connection) return false;
  if (!outbox_push(&connection->outbox, answer)) {
    connection_closed(connection);
    return false;
  }
  connection->outbox.socket = socket;
  socket->outbox = &connection->outbox;
  socket->connection = connection;
  socket->protocol = &websocket_protocol;
  socket_set_visit(socket, VISIT_NONE);
  socket_set_deadline(socket, 0);
  struct log_field field = {"address", text_of(head->address), false};
  connection_log_write(LOG_DEBUG, connection, text_of("connected"), &field, 1);
  net->events->opened(net->context, connection);
  return true;
}

static void on_close_written(struct socket *socket,
                             const struct message *message) {
  socket->close_sent = true;
  if (message->size > 2) {
    partial_keep_reason(socket, message->bytes + 2, message->size - 2);
  }
}

static void on_websocket_drained(struct socket *socket) {
  const struct connection *connection = socket->connection;
  if (connection && connection->state == CONNECTION_OPEN) return;
  /* If no Close was sent, there was no memory for it. */
  if (socket->close_received || !socket->close_sent) {
    websocket_closed(socket);
    socket_end(socket);
  } else if (!timer_is_running(&socket->deadline)) {
    socket_set_deadline(socket, CLOSE_WAIT);
  }
}

/* A Close that was never written still gives the reason. */
static void keep_unsent_reason(struct socket *socket) {
  const struct outbox_item *last = socket->connection->outbox.last;
  if (last && last->message->kind == MESSAGE_CLOSE && last->message->size > 2) {
    partial_keep_reason(socket, last->message->bytes + 2,
                        last->message->size - 2);
  }
}

static void tell_closed(struct socket *socket) {
  struct net *net = socket->net;
  struct connection *connection = socket->connection;
  keep_unsent_reason(socket);
  int code = connection->close_code ? connection->close_code : CLOSE_ABNORMAL;
  const char *reason = socket->websocket ? socket->websocket->reason : "";
  if (code == CLOSE_ABNORMAL && !*reason) reason = "the connection broke";

  char digits[8];
  snprintf(digits, sizeof digits, "%d", code);
  struct log_field fields[] = {{"code", text_of(digits), true},
                               {"reason", text_of(reason), false}};
  connection_log_write(LOG_DEBUG, connection, text_of("disconnected"), fields,
                       2);

  /* From here on, output that is queued does not reach the socket. */
  connection->outbox.socket = NULL;
  socket->outbox = NULL;
  socket->connection = NULL;
  net->events->closed(net->context, connection, code, reason);
  connection_closed(connection);
}

void websocket_closed(struct socket *socket) {
  if (socket->connection) tell_closed(socket);
  refusal_close(socket);
  partial_free(socket);
}

void websocket_broken(struct socket *socket, const char *reason) {
  partial_keep_reason(socket, reason, strlen(reason));
  websocket_closed(socket);
}

/* --- the protocol of the socket --- */

static size_t on_websocket_received(struct socket *socket, char *bytes,
                                    size_t size) {
  websocket_received(socket, bytes, size);
  return size;
}

static size_t prepare_message(struct socket *socket) {
  const struct config *config = socket->net->config;
  struct message *message = socket->outbox->first->message;
  size_t size = message->size;
  bool is_data =
      message->kind == MESSAGE_TEXT || message->kind == MESSAGE_BINARY;
  if (!is_data || size < config->deflate_threshold ||
      config->deflate_level == 0)
    return size;
  struct message *deflated = deflate_message(
      socket->net->deflate, message, socket->window, config->deflate_level);
  if (deflated != message) outbox_replace(socket->outbox, deflated);
  return size;
}

static size_t print_frame_header(char *header, const struct message *message) {
  return frame_print(header, message->kind, message->size);
}

/* A connection that is being closed gets a deadline, which reading a byte now
   and then does not extend. */
static void on_websocket_output_waits(struct socket *socket, bool waits) {
  const struct connection *connection = socket->connection;
  if (!waits || !connection || connection->state == CONNECTION_OPEN ||
      timer_is_running(&socket->deadline))
    return;
  bool is_slow = connection->close_code == CLOSE_SLOW_READER;
  socket_set_deadline(socket, is_slow ? SLOW_READER_TIME : CLOSING_TIME);
}

static bool on_websocket_timed_out(struct socket *socket) {
  (void)socket;
  return false;
}

const struct protocol websocket_protocol = {.received = on_websocket_received,
                                            .go_on = websocket_go_on,
                                            .prepare = prepare_message,
                                            .print_header = print_frame_header,
                                            .close_written = on_close_written,
                                            .drained = on_websocket_drained,
                                            .output_waits =
                                                on_websocket_output_waits,
                                            .timed_out = on_websocket_timed_out,
                                            .tick = websocket_tick,
                                            .end = websocket_closed};

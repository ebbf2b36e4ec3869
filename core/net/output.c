#include "net/output.h"

#include "model/config.h"
#include "model/connection.h"
#include "model/message.h"
#include "model/outbox.h"
#include "model/registry.h"
#include "net/http/http.h"
#include "net/net_internal.h"
#include "net/socket.h"
#include "net/ws/deflate.h"
#include "net/ws/frame.h"
#include "net/ws/websocket.h"

#include <libwebsockets.h>
#include <string.h>

enum {
  WRITES_PER_TURN = 4,    /* then the others have their turn */
  CLOSING_TIME = 10000,   /* milliseconds for what waits before our Close */
  SLOW_READER_TIME = 5000 /* for one that is closed with 4008 */
};

/* The outbox on its way through the cork. */
struct cork {
  char *bytes;
  size_t size;
};

/* Copies as much of `bytes` as fits, leaving out what went before: `*skip`
   counts down to where it begins. */
static size_t cork_copy(struct cork *cork, size_t *skip, const char *bytes,
                        size_t size) {
  if (*skip >= size) {
    *skip -= size;
    return 0;
  }
  bytes += *skip;
  size -= *skip;
  *skip = 0;
  size_t room = NET_CORK_SIZE - cork->size;
  if (size > room) size = room;
  memcpy(cork->bytes + cork->size, bytes, size);
  cork->size += size;
  return size;
}

static void deflate_first(struct socket *socket) {
  struct net *net = socket->net;
  struct outbox *outbox = socket->outbox;
  struct message *message = outbox->first->message;
  bool is_data =
      message->kind == MESSAGE_TEXT || message->kind == MESSAGE_BINARY;
  if (!is_data || message->size < net->config->deflate_threshold ||
      net->config->deflate_level == 0)
    return;
  struct message *deflated = deflate_message(
      net->deflate, message, socket->window, net->config->deflate_level);
  if (deflated != message) outbox_replace(outbox, deflated);
}

/* Moves the first message into the cork, as a frame. False when it is full. */
static bool cork_first(struct cork *cork, struct outbox *outbox) {
  const struct message *message = outbox->first->message;
  char header[FRAME_PRINT_MAX];
  size_t header_size = frame_print(header, message->kind, message->size);
  size_t skip = outbox->offset;
  outbox->offset += cork_copy(cork, &skip, header, header_size);
  outbox->offset += cork_copy(cork, &skip, message->bytes, message->size);
  return outbox->offset == header_size + message->size;
}

/* Takes a cork full of the outbox; of what has to be deflated no more than goes
   into one as it is, as that takes its time. */
static void fill_cork(struct cork *cork, struct socket *socket) {
  struct outbox *outbox = socket->outbox;
  size_t deflated = 0;
  outbox->fresh = 0;
  while (outbox->first && deflated < NET_CORK_SIZE) {
    if (socket->window != 0 && outbox->offset == 0) {
      deflated += outbox->first->message->size;
      deflate_first(socket);
    }
    if (!cork_first(cork, outbox)) break;
    const struct message *message = outbox->first->message;
    if (message->kind == MESSAGE_CLOSE) {
      websocket_close_written(socket, message);
    }
    outbox->offset = 0;
    outbox_pop(outbox);
  }
}

/* Whom the server is about to leave may not stay by reading a byte now and
   then. */
static void hurry(struct socket *socket) {
  const struct connection *connection = socket->connection;
  if (socket->http) http_waits(socket->http);
  if (!connection || connection->state == CONNECTION_OPEN ||
      timer_is_running(&socket->deadline))
    return;
  bool is_slow = connection->close_code == CLOSE_SLOW_READER;
  socket_set_deadline(socket, is_slow ? SLOW_READER_TIME : CLOSING_TIME);
}

/* libwebsockets keeps what the socket did not take, and does not say how much
   that is: at most all of it. */
static void become_stuck(struct socket *socket, size_t written) {
  socket->is_stuck = true;
  socket->queued = 0;
  socket->outbox->unsent = written;
  hurry(socket);
  socket_update_input(socket);
}

enum written { WRITTEN_ALL, WRITTEN_SOME, WRITTEN_NEVER };

/* One write. WRITTEN_NEVER: the socket is dead. */
static enum written write_once(struct socket *socket) {
  struct cork cork = {socket->net->cork, 0};
  fill_cork(&cork, socket);
  if (cork.size == 0) return WRITTEN_ALL;
  socket->net->registry->counters.bytes_out += cork.size;
  if (lws_write(socket->wsi, (unsigned char *)cork.bytes, cork.size,
                LWS_WRITE_RAW) < 0) {
    socket_kill(socket);
    return WRITTEN_NEVER;
  }
  if (!lws_partial_buffered(socket->wsi)) return WRITTEN_ALL;
  become_stuck(socket, cork.size);
  return WRITTEN_SOME;
}

static bool has_output(const struct socket *socket) {
  return socket->outbox && socket->outbox->first;
}

/* An answer is written: what follows may fill the outbox anew. */
static void answered(struct socket *socket) {
  if (socket->state != SOCKET_HTTP) return;
  http_drained(socket->http);
  if (socket->state == SOCKET_HTTP && !socket_takes_input(socket) &&
      !socket->is_paused && !has_output(socket)) {
    socket_end(socket);
  }
}

static void flush(struct socket *socket) {
  if (socket->is_stuck || socket->state == SOCKET_LINGERING) {
    if (socket->outbox) socket->outbox->fresh = 0;
    hurry(socket);
    return;
  }
  if (socket->http) http_goes_on(socket->http);
  for (int i = 0; i < WRITES_PER_TURN; i++) {
    if (!has_output(socket)) break;
    if (write_once(socket) != WRITTEN_ALL) return;
    if (!has_output(socket)) answered(socket);
  }
  if (has_output(socket)) {
    hurry(socket);
    outbox_unmark(socket->outbox);
    lws_callback_on_writable(socket->wsi);
  } else if (socket->state == SOCKET_WEBSOCKET) {
    websocket_drained(socket);
  } else if (socket->state == SOCKET_ENDING) {
    socket_linger(socket);
  }
}

void output_flush(struct socket *socket) {
  if (socket->is_doomed) return;
  flush(socket);
  if (socket->connection) connection_charge_output(socket->connection);
}

void output_resume(struct socket *socket) {
  if (lws_partial_buffered(socket->wsi)) return;
  bool was_stuck = socket->is_stuck;
  bool has_waited = socket_is_writing(socket);
  socket->is_stuck = false;
  if (socket->outbox) socket->outbox->unsent = 0;
  if (socket->http) http_goes_on(socket->http);
  if (has_waited) {
    socket->heard = socket->net->seconds;
    socket->pinged = 0;
  }
  if (was_stuck && !has_output(socket)) answered(socket);
  output_flush(socket);
  socket_update_input(socket);
}

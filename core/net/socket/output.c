#include "net/socket/output.h"

#include "model/connection.h"
#include "model/message.h"
#include "model/outbox.h"
#include "model/registry.h"
#include "net/socket/protocol.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/socket/transport.h"

#include <string.h>

enum { WRITES_PER_TURN = 4 /* then other sockets have their turn */ };

/* The buffer for one write. */
struct cork {
  char *bytes;
  size_t size;
};

/* Copies as much of `bytes` as fits. The first `*skip` bytes went out before
   and are left out; `*skip` is reduced by what was skipped here. */
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

/* Copies the first message into the cork. False when the cork is full. */
static bool cork_first(struct cork *cork, const struct socket *socket) {
  struct outbox *outbox = socket->outbox;
  const struct message *message = outbox->first->message;
  char header[PROTOCOL_HEADER_MAX];
  size_t header_size = socket->protocol->print_header(header, message);
  size_t skip = outbox->offset;
  outbox->offset += cork_copy(cork, &skip, header, header_size);
  outbox->offset += cork_copy(cork, &skip, message->bytes, message->size);
  return outbox->offset == header_size + message->size;
}

/* Fills the cork from the outbox. Preparing messages (deflating) takes time, so
   it stops once NET_CORK_SIZE bytes were prepared. */
static void fill_cork(struct cork *cork, struct socket *socket) {
  const struct protocol *protocol = socket->protocol;
  struct outbox *outbox = socket->outbox;
  size_t prepared = 0;
  outbox->fresh = 0;
  while (outbox->first && prepared < NET_CORK_SIZE) {
    if (socket->window != 0 && outbox->offset == 0)
      prepared += protocol->prepare(socket);
    if (!cork_first(cork, socket)) break;
    const struct message *message = outbox->first->message;
    if (message->kind == MESSAGE_CLOSE)
      protocol->close_written(socket, message);
    outbox->offset = 0;
    outbox_pop(outbox);
  }
}

/* libwebsockets keeps what the socket did not take, but does not say how much
   that is. At most it is all of the write. */
static void become_stuck(struct socket *socket, size_t written) {
  socket->is_stuck = true;
  socket->progress.queued = 0;
  socket->outbox->unsent = written;
  socket->protocol->output_waits(socket, true);
  socket_update_input(socket);
}

/* One write. False when nothing more can be written now. */
static bool write_once(struct socket *socket) {
  struct cork cork = {socket->net->cork, 0};
  fill_cork(&cork, socket);
  if (cork.size == 0) return true;
  socket->net->registry->counters.bytes_out += cork.size;
  enum transport_written written =
      transport_write(socket, cork.bytes, cork.size);
  if (written == TRANSPORT_SOME) become_stuck(socket, cork.size);
  if (written == TRANSPORT_FAILED) socket_kill(socket);
  return written == TRANSPORT_ALL;
}

static bool has_output(const struct socket *socket) {
  return socket->outbox && socket->outbox->first;
}

/* Whether there is something to write. If not, the protocol is asked for
   more. */
static bool find_output(struct socket *socket) {
  if (!has_output(socket) && socket->state == SOCKET_OPEN)
    socket->protocol->drained(socket);
  return has_output(socket);
}

static void flush_outbox(struct socket *socket) {
  if (socket->is_stuck || socket->state == SOCKET_LINGERING) {
    if (socket->outbox) socket->outbox->fresh = 0;
    socket->protocol->output_waits(socket, true);
    return;
  }
  socket->protocol->output_waits(socket, false);
  for (int i = 0; find_output(socket); i++) {
    if (i == WRITES_PER_TURN) {
      socket->protocol->output_waits(socket, true);
      outbox_unmark(socket->outbox);
      transport_ask_turn(socket);
      return;
    }
    if (!write_once(socket)) return;
  }
  if (socket->state == SOCKET_ENDING) socket_linger(socket);
}

void output_flush(struct socket *socket) {
  if (socket->is_doomed) return;
  flush_outbox(socket);
  if (socket->connection) connection_charge_output(socket->connection);
}

void output_resume(struct socket *socket) {
  if (transport_is_stuck(socket)) return;
  bool has_waited = socket_is_writing(socket);
  socket->is_stuck = false;
  if (socket->outbox) socket->outbox->unsent = 0;
  if (has_waited) {
    socket->pulse.heard = socket->net->seconds;
    socket->pulse.pinged = 0;
  }
  output_flush(socket);
  socket_update_input(socket);
}

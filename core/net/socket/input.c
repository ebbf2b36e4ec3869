#include "net/socket/input.h"

#include "model/registry.h"
#include "net/socket/arrival.h"
#include "net/socket/output.h"
#include "net/socket/protocol.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/socket/tls.h"
#include "net/socket/transport.h"

enum { RECORDS_PER_TURN = 64 /* of one socket */ };

static void add_to_net(struct net *net, struct socket *socket) {
  list_prepend(&net->sockets, &socket->of_net);
  net->socket_count++;
}

static void remove_from_net(struct net *net, struct socket *socket) {
  list_remove(&socket->of_net);
  net->socket_count--;
}

static void end_visiting_socket(struct visitor *visitor) {
  socket_kill(owner_of(visitor, struct socket, visitor));
}

void input_begin(struct socket *socket, struct arrival *arrival) {
  struct net *net = socket->net;
  socket->is_api = arrival->is_api;
  socket->is_loopback = arrival->is_loopback;
  socket->peer.address = arrival->address;
  socket->is_forwarded = arrival->is_trusted;
  socket->peer.place = arrival->place;
  arrival->place = (struct address_place){0};
  socket->visitor.make_room = end_visiting_socket;
  add_to_net(net, socket);
  if (socket->is_secure) tls_watch(socket);
  socket->protocol = net->first_protocol;
  if (!socket->protocol->begin(socket)) socket_kill(socket);
}

/* Until the first input, libwebsockets has its own deadline for the
   handshake. */
static void on_first_input(struct socket *socket) {
  transport_drop_deadline(socket);
  if (socket->is_secure) tls_read_ahead(socket);
}

/* Input may follow an upgrade in the same read. */
static void take_input(struct socket *socket, char *bytes, size_t size) {
  if (socket->pulse.heard == 0) on_first_input(socket);
  socket->pulse.heard = socket->net->seconds;
  socket->pulse.pinged = 0;
  socket->net->registry->counters.bytes_in += size;
  while (size > 0 && socket->state == SOCKET_OPEN && !socket->is_doomed) {
    size_t used = socket->protocol->received(socket, bytes, size);
    bytes += used;
    size -= used;
  }
}

/* The loop does not report what OpenSSL has already read from the socket. So it
   is taken now. If it is too much for one turn, or too many records (records
   without data count), the rest is taken in the next turn. While input is off,
   it waits until socket_update_input asks for a turn. False at the peer's
   end. */
static bool take_records(struct socket *socket, unsigned records) {
  struct net *net = socket->net;
  size_t taken = 0;
  char *bytes;
  while (!socket->is_doomed && !socket->is_input_off) {
    if (taken >= NET_READ_SIZE || records >= RECORDS_PER_TURN) {
      if (tls_has_record(socket)) transport_ask_turn(socket);
      break;
    }
    int size = tls_take_record(net->tls, socket, &bytes, &records);
    if (size <= 0) return size == 0;
    take_input(socket, bytes, (size_t)size);
    taken += (size_t)size;
  }
  return true;
}

/* Handles what came before the peer's end, even if the end has come too.
   `records` TLS records were taken in this turn already. */
static void finish_input(struct socket *socket, unsigned records) {
  bool has_ended = socket->is_secure && !take_records(socket, records);
  if (!socket->is_doomed) output_flush(socket);
  if (has_ended) socket_kill(socket);
}

/* How long the frames of one peer may take before other sockets have a turn. */
enum { TURN_SHARE = 5 * 1000 * 1000 }; /* nanoseconds */

static void begin_turn(struct net *net) {
  net->inflated = 0;
  net->turn_ends = uv_hrtime() + TURN_SHARE;
}

void input_received(struct socket *socket, char *bytes, size_t size) {
  begin_turn(socket->net);
  unsigned records = socket->is_secure ? tls_brought_data(socket) : 0;
  take_input(socket, bytes, size);
  finish_input(socket, records);
}

void input_turn(struct socket *socket) {
  output_resume(socket);
  begin_turn(socket->net);
  bool has_turn = !socket->is_stuck && !socket->is_doomed;
  bool has_gone_on = has_turn && socket->protocol->go_on(socket);
  if (has_gone_on || (socket->is_secure && socket->pulse.heard != 0))
    finish_input(socket, 0);
}

void input_end(struct socket *socket) {
  struct net *net = socket->net;
  if (socket->is_secure) tls_forget(socket);
  socket_set_deadline(socket, 0);
  socket->protocol->end(socket);
  socket_set_visit(socket, VISIT_NONE);
  address_limit_leave(&net->address_limit, &socket->peer.place);
  remove_from_net(net, socket);
}

#include "net/socket/socket.h"

#include "lib/log.h"
#include "model/config.h"
#include "model/registry.h"
#include "net/socket/kernel_queue.h"
#include "net/socket/protocol.h"
#include "net/socket/state.h"
#include "net/socket/tls.h"
#include "net/socket/transport.h"

#include <sys/socket.h>

/* Seconds after which a socket whose output does not move is killed, where no
   heartbeat does that. */
enum { STALL_TIME = 30 };

void socket_update_input(struct socket *socket) {
  bool is_held = socket->is_paused && socket->state < SOCKET_ENDING;
  bool is_off = socket->is_stuck || is_held;
  if (is_off == socket->is_input_off || socket->is_doomed) return;
  socket->is_input_off = is_off;
  transport_read(socket, !is_off);
  /* The loop does not report what OpenSSL has read already. */
  if (!is_off && socket->is_secure) transport_ask_turn(socket);
}

void socket_pause(struct socket *socket, bool is_paused) {
  socket->is_paused = is_paused;
  socket_update_input(socket);
}

void socket_kill(struct socket *socket) {
  if (socket->is_doomed) return;
  socket->is_doomed = true;
  transport_kill(socket);
}

static void log_overrun(const struct socket *socket) {
  char address[ADDRESS_TEXT_SIZE];
  if (!limit_hit_add(&socket->net->registry->limit_hits, LIMIT_HIT_TLS_RECORDS))
    return;
  address_print(&socket->peer.address, address);
  struct log_field field = {"address", text_of(address), false};
  log_write(LOG_WARN, text_of("closed (TLS records without data)"), &field, 1);
}

/* The read that is on the stack fails, and libwebsockets then closes the
   socket. If it does not fail, because there was nothing more to read, the next
   callback closes the socket. */
void socket_overrun(struct socket *socket) {
  if (socket->is_doomed) return;
  log_overrun(socket);
  socket->is_doomed = true;
  transport_ask_turn(socket);
}

static void on_deadline(struct timer *timer) {
  struct socket *socket = owner_of(timer, struct socket, deadline);
  if (socket->state == SOCKET_LINGERING || !socket->protocol->timed_out(socket))
    socket_kill(socket);
}

void socket_set_deadline(struct socket *socket, uint64_t milliseconds) {
  struct timers *timers = socket->net->registry->timers;
  socket->deadline.on_due = on_deadline;
  if (milliseconds == 0)
    timer_stop(timers, &socket->deadline);
  else
    timer_start(timers, &socket->deadline, milliseconds);
}

void socket_set_visit(struct socket *socket, enum visit visit) {
  struct net *net = socket->net;
  visitors_put(socket->is_api ? &net->api_visitors : &net->visitors,
               &socket->visitor, visit);
}

void socket_end(struct socket *socket) {
  if (socket->state >= SOCKET_ENDING) return;
  socket->state = SOCKET_ENDING;
  socket_set_visit(socket, VISIT_LEAVING);
  socket_set_deadline(socket, 0);
  socket_update_input(socket);
  if (socket->outbox) {
    outbox_mark(socket->outbox);
  } else if (!socket->is_stuck) {
    socket_linger(socket);
  }
}

void socket_linger(struct socket *socket) {
  if (socket->is_doomed) return;
  socket->state = SOCKET_LINGERING;
  tls_shutdown(socket);
  shutdown(transport_descriptor(socket), SHUT_WR);
  socket_set_deadline(socket, SOCKET_LINGER);
}

/* Whether the kernel's queue has changed since the last call: the socket has
   taken bytes, or the peer has. */
static bool has_moved(struct socket *socket) {
  uint32_t queued = kernel_queue_size(transport_descriptor(socket));
  uint32_t before = socket->progress.queued;
  socket->progress.moved += queued > before ? queued - before : before - queued;
  socket->progress.queued = queued;
  return queued != before;
}

uint64_t socket_taken(struct socket *socket) {
  uint64_t bytes;
  if (kernel_queue_acknowledged(transport_descriptor(socket), &bytes))
    return bytes;
  if (has_moved(socket)) socket->pulse.heard = socket->net->seconds;
  return socket->progress.moved;
}

void socket_drop_output(const struct socket *socket) {
  struct linger none = {.l_onoff = 1, .l_linger = 0};
  (void)setsockopt(transport_descriptor(socket), SOL_SOCKET, SO_LINGER, &none,
                   sizeof none);
}

bool socket_takes_input(const struct socket *socket) {
  const struct net *net = socket->net;
  return socket->is_api ? !net->is_api_stopped : !net->is_stopped;
}

bool socket_is_writing(const struct socket *socket) {
  return socket->is_stuck || (socket->outbox && socket->outbox->first);
}

void socket_note_progress(struct socket *socket) {
  if (!socket_is_writing(socket) || !has_moved(socket)) return;
  socket->pulse.heard = socket->net->seconds;
  socket->pulse.pinged = 0;
}

bool socket_is_stalled(const struct socket *socket) {
  return socket_is_writing(socket) &&
         socket->net->seconds - socket->pulse.heard >= STALL_TIME;
}

/*
** HTTP as the protocol of a socket.
*/
#include "net/socket/protocol.h"
#include "net/http/http.h"
#include "net/socket/socket.h"

static bool on_http_begin(struct socket *socket) {
  socket->http = http_new(socket);
  if (!socket->http) return false;
  socket->outbox->socket = socket;
  return true;
}

static size_t on_http_received(struct socket *socket, char *bytes,
                               size_t size) {
  return socket_takes_input(socket) ? http_received(socket->http, bytes, size)
                                    : size;
}

static bool go_on(struct socket *socket) {
  (void)socket;
  return false;
}

/* Messages are sent without a header. */
/* NOLINTNEXTLINE(readability-non-const-parameter): struct protocol's type. */
static size_t print_no_header(char *header, const struct message *message) {
  (void)header;
  (void)message;
  return 0;
}

static void on_http_drained(struct socket *socket) {
  http_drained(socket->http);
  bool is_waiting = socket->http && socket->state == SOCKET_OPEN &&
                    !socket->is_paused && !socket_is_writing(socket);
  if (is_waiting && !socket_takes_input(socket)) socket_end(socket);
}

static void on_http_output_waits(struct socket *socket, bool waits) {
  if (waits)
    http_waits(socket->http);
  else
    http_goes_on(socket->http);
}

static bool on_http_timed_out(struct socket *socket) {
  return http_timed_out(socket->http);
}

static void on_http_tick(struct socket *socket) {
  if (!socket_is_stalled(socket)) return;
  http_give_up(socket->http);
  socket_kill(socket);
}

static void on_http_end(struct socket *socket) {
  if (socket->http) http_free(socket->http);
  socket->http = NULL;
}

const struct protocol http_protocol = {.begin = on_http_begin,
                                       .received = on_http_received,
                                       .go_on = go_on,
                                       .print_header = print_no_header,
                                       .drained = on_http_drained,
                                       .output_waits = on_http_output_waits,
                                       .timed_out = on_http_timed_out,
                                       .tick = on_http_tick,
                                       .end = on_http_end};

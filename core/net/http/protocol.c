/*
** HTTP as the protocol of a socket.
*/
#include "net/socket/protocol.h"
#include "net/http/http.h"
#include "net/socket/socket.h"

static bool begin(struct socket *socket) {
  socket->http = http_new(socket);
  if (!socket->http) return false;
  socket->outbox->socket = socket;
  return true;
}

static size_t received(struct socket *socket, char *bytes, size_t size) {
  return socket_takes_input(socket) ? http_received(socket->http, bytes, size)
                                    : size;
}

static bool go_on(struct socket *socket) {
  (void)socket;
  return false;
}

/* Messages are sent without a header. */
static size_t print_header(char *header, const struct message *message) {
  (void)header;
  (void)message;
  return 0;
}

static void drained(struct socket *socket) {
  http_drained(socket->http);
  bool is_waiting = socket->http && socket->state == SOCKET_OPEN &&
                    !socket->is_paused && !socket_is_writing(socket);
  if (is_waiting && !socket_takes_input(socket)) socket_end(socket);
}

static void output_waits(struct socket *socket, bool waits) {
  if (waits)
    http_waits(socket->http);
  else
    http_goes_on(socket->http);
}

static bool timed_out(struct socket *socket) {
  return http_timed_out(socket->http);
}

static void gave_up(struct socket *socket) {
  http_give_up(socket->http);
}

static void tick(struct socket *socket) {
  (void)socket;
}

static void end(struct socket *socket) {
  if (socket->http) http_free(socket->http);
  socket->http = NULL;
}

const struct protocol http_protocol = {.begin = begin,
                                       .received = received,
                                       .go_on = go_on,
                                       .print_header = print_header,
                                       .drained = drained,
                                       .output_waits = output_waits,
                                       .timed_out = timed_out,
                                       .gave_up = gave_up,
                                       .tick = tick,
                                       .end = end};

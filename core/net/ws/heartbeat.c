/*
** Finds connections whose peer has gone without a word. Silence for
** heartbeat.interval causes a ping; silence for heartbeat.timeout after that
** ends the connection. Any bytes that come are a sign of life. While output
** waits, it is a sign of life that the socket takes bytes.
*/
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/outbox.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/ws/websocket.h"

/* The tick is one second long. A time that is not a whole number of seconds is
   rounded up. A silence may be counted up to a second too long, so that nobody
   is found later than promised. So a count below two may be no silence at
   all. */
static uint32_t in_seconds(uint64_t milliseconds) {
  uint64_t seconds = (milliseconds + 999) / 1000;
  return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

/* While output waits no ping is sent: it would only wait behind it. */
static void send_ping(struct socket *socket) {
  socket->pulse.pinged = socket->net->seconds;
  if (socket_is_writing(socket)) return;
  (void)outbox_push(socket->outbox, socket->net->ping);
}

static void end_silent(struct socket *socket) {
  const char *reason = socket_is_writing(socket) ? "takes no more output"
                                                 : "no answer to a ping";
  connection_log(LOG_DEBUG, socket->connection, "%s", reason);
  websocket_broken(socket, reason);
  socket_kill(socket);
}

void websocket_tick(struct socket *socket) {
  const struct net *net = socket->net;
  const struct config *config = net->config;
  if (!socket->connection || config->heartbeat_interval == 0) {
    if (socket_is_stalled(socket)) socket_kill(socket);
    return;
  }
  if (socket->pulse.pinged != 0) {
    uint32_t waited = net->seconds - socket->pulse.pinged;
    if (waited >= in_seconds(config->heartbeat_timeout)) end_silent(socket);
    return;
  }
  uint32_t silence = net->seconds - socket->pulse.heard;
  bool is_open = socket->connection->state == CONNECTION_OPEN;
  /* No ping may follow our Close. The peer's Close has its own deadline. */
  if (!is_open && !socket_is_writing(socket)) return;
  if (silence >= 2 && silence >= in_seconds(config->heartbeat_interval))
    send_ping(socket);
}

/*
** Finding out who is gone without having said so. Silence for
** heartbeat.interval brings a ping, silence for heartbeat.timeout more the end.
** Bytes that come are life; while output waits, bytes that the socket takes.
*/
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/outbox.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/ws/websocket.h"

/* The tick is one second wide: a time that is no whole number is rounded up,
   and up to a second of silence is counted before it has passed, so that nobody
   is found later than was said. Less than two ticks may be no silence at all.
 */
static uint32_t in_seconds(uint64_t milliseconds) {
  uint64_t seconds = (milliseconds + 999) / 1000;
  return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

/* Where output waits there is none: it would only wait in line. */
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
  if (!socket->connection || config->heartbeat_interval == 0) return;
  if (socket->pulse.pinged != 0) {
    uint32_t waited = net->seconds - socket->pulse.pinged;
    if (waited >= in_seconds(config->heartbeat_timeout)) end_silent(socket);
    return;
  }
  uint32_t silence = net->seconds - socket->pulse.heard;
  bool is_open = socket->connection->state == CONNECTION_OPEN;
  /* Behind our Close no ping may go; its answer has a deadline of its own. */
  if (!is_open && !socket_is_writing(socket)) return;
  if (silence >= 2 && silence >= in_seconds(config->heartbeat_interval))
    send_ping(socket);
}

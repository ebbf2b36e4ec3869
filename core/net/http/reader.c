/*
** How fast the peer takes its answer.
*/
#include "lib/log.h"
#include "model/config.h"
#include "model/exchange.h"
#include "model/head.h"
#include "model/registry.h"
#include "net/http/internal.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"

static uint64_t period_of(const struct http *http) {
  return http->socket->net->config->limits.handshake_time;
}

static uint64_t now_of(const struct http *http) {
  return timers_now(http->socket->net->registry->timers);
}

void http_waits(struct http *http) {
  struct socket *socket = http->socket;
  uint64_t period = period_of(http);
  bool is_answer =
      http->phase == PHASE_ANSWER || socket->state == SOCKET_ENDING;
  if (!is_answer || period == 0 || timer_is_running(&socket->deadline)) return;
  socket_set_deadline(socket, pace_begin(&http->pace, socket_taken(socket),
                                         now_of(http), period));
}

void http_goes_on(struct http *http) {
  struct socket *socket = http->socket;
  uint64_t period = period_of(http);
  if (!http->pace.is_waiting) return;
  socket_set_deadline(socket, 0);
  if (period > 0)
    pace_end(&http->pace, socket_taken(socket), now_of(http), period);
  else
    http->pace = (struct pace){0};
}

void http_give_up(struct http *http) {
  struct net *net = http->socket->net;
  socket_drop_output(http->socket);
  if (!limit_hit_add(&net->registry->limit_hits, LIMIT_HIT_HTTP_READER)) return;
  char address[ADDRESS_TEXT_SIZE];
  struct log_field field = {"address", http_address(http, address), false};
  log_write(LOG_WARN,
            text_of("closed: the client reads a response too slowly "
                    "(limits.handshake_time)"),
            &field, 1);
}

bool http_reads_well(struct http *http) {
  struct socket *socket = http->socket;
  uint64_t period = period_of(http);
  if (period == 0) return true; /* a reload has removed the limit */
  uint64_t left =
      pace_look(&http->pace, socket_taken(socket), now_of(http), period);
  if (left > 0)
    socket_set_deadline(socket, left);
  else
    http_give_up(http);
  return left > 0;
}

struct text http_address(const struct http *http,
                         char room[ADDRESS_TEXT_SIZE]) {
  if (http->exchange) return text_of(http->exchange->head->address);
  address_print(&http->socket->peer.address, room);
  return text_of(room);
}

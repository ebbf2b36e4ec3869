#include "net/http/http.h"

#include "lib/log.h"
#include "model/config.h"
#include "model/exchange.h"
#include "model/registry.h"
#include "net/http/internal.h"
#include "net/peer/client.h"
#include "net/socket/protocol.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"

#include <stdio.h>
#include <stdlib.h>

const struct limits *http_limits(const struct http *http) {
  return &http->socket->net->config->limits;
}

/* --- begin and end --- */

static void await_head(struct http *http) {
  bool is_first = http->socket->pulse.heard == 0;
  http->phase = PHASE_HEAD;
  http->scanned = 0;
  http->is_head = false;
  http->is_replied = false;
  socket_set_visit(http->socket, is_first ? VISIT_HEAD : VISIT_IDLE);
  socket_set_deadline(http->socket,
                      is_first ? http_limits(http)->handshake_time
                               : http->socket->net->config->http_keep_alive);
}

struct http *http_new(struct socket *socket) {
  struct http *http = calloc(1, sizeof *http);
  if (!http) return NULL;
  http->socket = socket;
  http->file.descriptor = -1;
  outbox_open(&http->outbox, &socket->net->registry->outboxes);
  socket->outbox = &http->outbox;
  await_head(http);
  return http;
}

/* All requests together may keep as much as so many of the largest bodies.
   Requests of the API with a valid key are not counted. */
enum { BODIES_AT_ONCE = 64 };

bool http_count_kept(struct http *http) {
  struct net *net = http->socket->net;
  bool is_ours = http->exchange && http->exchange->is_admitted;
  uint64_t size = is_ours ? 0 : http->waiting.size;
  if (http->exchange && !is_ours) size += http->exchange->body.size;
  net->kept += size - http->kept;
  http->kept = size;
  return net->kept / BODIES_AT_ONCE <= http_limits(http)->http_body;
}

static void close_exchange(struct http *http) {
  if (http->exchange) exchange_close(http->exchange);
  http->exchange = NULL;
  (void)http_count_kept(http);
}

void http_free(struct http *http) {
  if (http->socket->outbox == &http->outbox) http->socket->outbox = NULL;
  buffer_free(&http->input);
  buffer_free(&http->waiting);
  close_exchange(http);
  http_close_file(http);
  outbox_close(&http->outbox);
  free(http);
}

void http_count_limit(const struct http *http, enum limit_hit_cause cause,
                      const char *limit) {
  char address[ADDRESS_TEXT_SIZE];
  if (!limit_hit_add(&http->socket->net->registry->limit_hits, cause)) return;
  struct log_field field = {"address", http_address(http, address), false};
  char line[64];
  snprintf(line, sizeof line, "refused (%s)", limit);
  log_write(LOG_WARN, text_of(line), &field, 1);
}

void http_refuse_for(struct http *http, int status, const char *why) {
  struct http_error error = {.status = status, .why = why};
  http_refuse(http, &error);
}

/* Whether the socket still speaks HTTP; then http still exists. */
static bool is_reading(const struct socket *socket) {
  return socket->http && socket->state == SOCKET_OPEN && !socket->is_doomed;
}

/* Takes bytes up to the end of one request. Returns how many were taken. http
   may be gone afterwards: is_reading tells. */
static size_t read_request(struct http *http, const char *bytes, size_t size) {
  struct socket *socket = http->socket;
  size_t used = 0;
  while (used < size && is_reading(socket) && http->phase != PHASE_ANSWER) {
    used += http->phase == PHASE_HEAD
                ? http_read_head(http, bytes + used, size - used)
                : http_read_body(http, bytes + used, size - used);
  }
  return used;
}

/* Keeps what was read after a request until the request is answered. If that is
   too much, the connection ends after the answer. */
static void keep_waiting(struct http *http, const char *bytes, size_t size) {
  if (!http->is_persistent) return;
  if (buffer_append(&http->waiting, bytes, size) && http_count_kept(http))
    return;
  http_count_limit(http, LIMIT_HIT_HTTP_BODIES,
                   "64 times limits.http_body at once");
  http->is_persistent = false;
  buffer_free(&http->waiting);
  (void)http_count_kept(http);
}

size_t http_received(struct http *http, char *bytes, size_t size) {
  struct socket *socket = http->socket;
  size_t used = read_request(http, bytes, size);
  if (!socket->http) return used;
  if (used < size && is_reading(socket))
    keep_waiting(http, bytes + used, size - used);
  return size;
}

bool http_timed_out(struct http *http) {
  if (http->pace.is_waiting) return http_reads_well(http);
  bool has_begun = http->phase == PHASE_BODY ||
                   (http->phase == PHASE_HEAD && http->input.size > 0);
  if (http->is_replied) return false;
  /* A client that was served and sends no other request is not logged. */
  if (has_begun || http->socket->pulse.heard == 0)
    http_count_limit(http, LIMIT_HIT_HANDSHAKE, "limits.handshake_time");
  if (!has_begun) return false;
  http_refuse_for(http, 408,
                  "the request did not come in time (limits.handshake_time)");
  return true;
}

/* --- the next request --- */

/* The bytes that waited may end in frames of a WebSocket. What follows the next
   request is not moved: moving it for each request would take quadratic
   time. */
static void read_what_waited(struct http *http) {
  struct socket *socket = http->socket;
  struct buffer waited = http->waiting;
  size_t from = http->waiting_from;
  http->waiting = (struct buffer){0};
  http->waiting_from = 0;
  (void)http_count_kept(http);
  from += read_request(http, waited.bytes + from, waited.size - from);
  if (is_reading(socket) && from < waited.size) {
    http->waiting = waited;
    http->waiting_from = from;
    (void)http_count_kept(http);
    return;
  }
  bool is_upgraded = !socket->is_doomed && socket->protocol != &http_protocol;
  if (is_upgraded && from < waited.size)
    (void)socket->protocol->received(socket, waited.bytes + from,
                                     waited.size - from);
  buffer_free(&waited);
}

void http_drained(struct http *http) {
  struct socket *socket = http->socket;
  if (http->phase != PHASE_ANSWER || !http->is_replied) return;
  if (http->file.descriptor >= 0) {
    http_send_piece(http);
    return;
  }
  close_exchange(http);
  client_finish(socket);
  if (!http->is_persistent || socket->net->is_stopped) {
    socket_end(socket);
    return;
  }
  await_head(http);
  socket_pause(socket, false);
  if (http->waiting.size > 0) read_what_waited(http);
}

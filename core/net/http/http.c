#include "net/http/http.h"

#include "lib/log.h"
#include "model/api_key.h"
#include "model/config.h"
#include "model/exchange.h"
#include "model/head.h"
#include "model/message.h"
#include "model/registry.h"
#include "net/http/head.h"
#include "net/http/internal.h"
#include "net/peer/client.h"
#include "net/socket/protocol.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/socket/upgrade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So much of a body renews the deadline: a slow upload is served, one that
   drips is not. */
enum { BODY_STEP = 16 * 1024 };

static const struct limits *limits_of(const struct http *http) {
  return &http->socket->net->config->limits;
}

/* --- from its beginning to its end --- */

static void await_head(struct http *http) {
  bool is_first = http->socket->heard == 0;
  http->phase = PHASE_HEAD;
  http->scanned = 0;
  http->is_head = false;
  http->is_replied = false;
  socket_set_visit(http->socket, is_first ? VISIT_HEAD : VISIT_IDLE);
  socket_set_deadline(http->socket,
                      is_first ? limits_of(http)->handshake_time
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

/* What strangers make us keep of their requests, all of them together, is as
   much as so many bodies. */
enum { BODIES_AT_ONCE = 64 };

/* To be called when the body or what waits has changed. False when it is too
   much; what the application makes us keep is not looked at. */
static bool count_kept(struct http *http) {
  struct net *net = http->socket->net;
  bool is_ours = http->exchange && http->exchange->is_admitted;
  uint64_t size = is_ours ? 0 : http->waiting.size;
  if (http->exchange && !is_ours) size += http->exchange->body.size;
  net->kept += size - http->kept;
  http->kept = size;
  return net->kept / BODIES_AT_ONCE <= limits_of(http)->http_body;
}

static void close_exchange(struct http *http) {
  if (http->exchange) exchange_close(http->exchange);
  http->exchange = NULL;
  (void)count_kept(http);
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

/* The first of a cause is told in the log. */
static void count_limit(const struct http *http, enum limit_hit_cause cause,
                        const char *limit) {
  char address[ADDRESS_TEXT_SIZE];
  if (!limit_hit_add(&http->socket->net->registry->limit_hits, cause)) return;
  struct log_field field = {"address", http_address(http, address), false};
  char line[64];
  snprintf(line, sizeof line, "refused (%s)", limit);
  log_write(LOG_WARN, text_of(line), &field, 1);
}

static void refuse(struct http *http, int status, const char *why) {
  struct http_error error = {.status = status, .why = why};
  http_refuse(http, &error);
}

/* --- a request --- */

static bool is_for_scripts(const struct http *http) {
  return http->socket->net->config->has_http || http->exchange->is_api;
}

/* Whether somebody answers who may want the body: the API wants nobody's who
   shows no key, whatever is answered. */
static bool takes_body(const struct http *http) {
  return http->exchange->is_api ? http->exchange->is_admitted
                                : is_for_scripts(http);
}

static void finish_request(struct http *http) {
  struct net *net = http->socket->net;
  http->phase = PHASE_ANSWER;
  socket_set_visit(http->socket, VISIT_ANSWER);
  socket_set_deadline(http->socket, 0);
  socket_pause(http->socket, true);
  if (is_for_scripts(http))
    net->events->requested(net->context, http->exchange);
  else
    http_serve_public(http);
}

static void say_continue(struct http *http) {
  static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
  const struct head *head = http->exchange->head;
  if (head_is_old(head) || !head_has_token(head, "Expect", "100-continue"))
    return;
  struct message *message = message_new(MESSAGE_RAW, text, sizeof text - 1);
  if (!message) return;
  (void)outbox_push(&http->outbox, message);
  message_unref(message);
}

static void await_body(struct http *http) {
  http->timed_from = http->exchange->body.size;
  socket_set_visit(http->socket, VISIT_BODY);
  socket_set_deadline(http->socket, limits_of(http)->handshake_time);
}

static void refuse_body(struct http *http) {
  if (http->body.error.status == 413)
    count_limit(http, LIMIT_HIT_HTTP_BODY, "limits.http_body");
  http_refuse(http, &http->body.error);
}

/* Takes the head. */
static void begin_request(struct http *http, struct head *head) {
  http->is_persistent = http->socket->net->config->http_keep_alive != 0 &&
                        http_head_is_persistent(head);
  http->exchange = exchange_open(http->socket->net->registry, head);
  if (!http->exchange) {
    refuse(http, 503, "out of memory");
    return;
  }
  http->exchange->socket = http->socket;
  http->exchange->is_api = http->socket->is_api;
  http->exchange->is_admitted =
      http->socket->is_api &&
      api_key_is_shown(head, &http->socket->net->config->api_keys);
  struct http_error error = {0};
  if (!http_head_check_method(head, &error)) {
    http_refuse(http, &error);
  } else if (!http_body_start(&http->body, head, limits_of(http))) {
    refuse_body(http);
  } else if (http->body.is_whole) {
    finish_request(http);
  } else if (!takes_body(http)) {
    http->is_persistent = false; /* its body is passed over */
    finish_request(http);
  } else {
    http->phase = PHASE_BODY;
    say_continue(http);
    await_body(http);
  }
}

static size_t read_body(struct http *http, const char *bytes, size_t size) {
  size_t used = http_body_take(&http->body, &http->exchange->body, bytes, size);
  if (http->body.error.status != 0) {
    refuse_body(http);
    return size;
  }
  if (!count_kept(http)) {
    count_limit(http, LIMIT_HIT_HTTP_BODIES,
                "64 times limits.http_body at once");
    refuse(http, 503, "too many bodies at once: try again later");
    buffer_free(&http->exchange->body);
    (void)count_kept(http);
    return size;
  }
  if (http->body.is_whole)
    finish_request(http);
  else if (http->exchange->body.size - http->timed_from >= BODY_STEP)
    await_body(http);
  return used;
}

/* --- an upgrade --- */

/* Takes the head. When it becomes a WebSocket http is gone afterwards. */
static void upgrade(struct http *http, struct head *head) {
  struct socket *socket = http->socket;
  struct http_error error = {0};
  if (socket->net->upgrade->accept(socket, head, &error)) {
    socket->http = NULL;
    http_free(http);
  } else {
    http_refuse(http, &error);
  }
}

/* Takes the head of a WebSocket that somebody on its way made another request.
 */
static void refuse_lost(struct http *http, struct head *head) {
  struct http_error error = {0};
  free(head);
  http->socket->net->upgrade->refuse_lost(http->socket, &error);
  http_refuse(http, &error);
}

/* --- heads --- */

/* The bytes of a whole head. http may be gone afterwards. */
static void take_head(struct http *http, const char *bytes, size_t size) {
  struct socket *socket = http->socket;
  struct http_error error = {0};
  struct head *head = head_new(bytes, size);
  if (!head) {
    refuse(http, 503, "out of memory");
    return;
  }
  http->is_head = text_equals(head_method(head), text_of("HEAD"));
  if (!http_head_check(head, &error)) {
    free(head);
    http_refuse(http, &error);
    return;
  }
  client_identify(socket, head);
  if (!client_asks_for_us(socket, head)) {
    free(head);
    refuse(http, 421, "this host is not served here (hosts)");
  } else if (upgrade_is_asked(head) && !socket->is_api) {
    upgrade(http, head);
  } else if (!client_may_stay(socket, head)) {
    free(head);
    refuse(http, 429, "too many connections of this address");
  } else if (!socket->is_api && upgrade_is_lost(head, socket->net->config)) {
    refuse_lost(http, head);
  } else {
    begin_request(http, head);
  }
}

/* Empty lines before a request are passed over, RFC 9112 section 2.2. Returns
   how many of the bytes belong to them; half of one may be kept already. */
static size_t skip_empty_lines(struct http *http, const char *bytes,
                               size_t size) {
  size_t skipped = 0;
  if (http->input.size == 1 && http->input.bytes[0] == '\r' &&
      bytes[0] == '\n') {
    buffer_free(&http->input);
    http->scanned = 0;
    skipped = 1;
  }
  if (http->input.size > 0) return 0;
  while (size - skipped >= 2 && memcmp(bytes + skipped, "\r\n", 2) == 0)
    skipped += 2;
  return skipped;
}

/* Looks for the head's end in what there is of it. Returns its size, or 0 when
   it is unfinished or was refused. */
static size_t find_end(struct http *http, const char *bytes, size_t size) {
  struct http_error error = {0};
  size_t end = http_head_scan(bytes, size, &http->scanned, &error);
  if (error.status != 0) {
    http_refuse(http, &error);
    return 0;
  }
  if ((end ? end : size) <= limits_of(http)->http_head) return end;
  count_limit(http, LIMIT_HIT_HTTP_HEAD, "limits.http_head");
  refuse(http, 431,
         "the head is larger than this server takes "
         "(limits.http_head)");
  return 0;
}

/* A head that lies in the read buffer is parsed there; one that comes in pieces
   is collected. Returns how many bytes were used. */
static size_t read_head(struct http *http, const char *bytes, size_t size) {
  size_t skipped = skip_empty_lines(http, bytes, size);
  if (skipped > 0) return skipped;
  size_t had = http->input.size;
  if (had == 0 && bytes[0] != '\r') { /* which may be an empty line's */
    socket_set_visit(http->socket, VISIT_HEAD);
    /* It is idle no more (http_keep_alive). */
    socket_set_deadline(http->socket, limits_of(http)->handshake_time);
  }
  if (had > 0 && !buffer_append(&http->input, bytes, size)) {
    refuse(http, 503, "out of memory");
    return size;
  }
  const char *head = had > 0 ? http->input.bytes : bytes;
  size_t end = find_end(http, head, had + size);
  if (http->socket->state != SOCKET_OPEN) return size;
  if (end == 0) {
    if (had == 0 && !buffer_append(&http->input, bytes, size))
      refuse(http, 503, "out of memory");
    return size;
  }
  struct buffer collected = http->input;
  http->input = (struct buffer){0};
  take_head(http, head, end);
  buffer_free(&collected);
  return end - had;
}

/* Whether the socket still speaks HTTP, and http is there. */
static bool is_reading(const struct socket *socket) {
  return socket->http && socket->state == SOCKET_OPEN && !socket->is_doomed;
}

/* Takes bytes up to the end of one request, and returns how many. While the
   socket is_reading http is there afterwards. */
static size_t read_request(struct http *http, const char *bytes, size_t size) {
  struct socket *socket = http->socket;
  size_t used = 0;
  while (used < size && is_reading(socket) && http->phase != PHASE_ANSWER) {
    used += http->phase == PHASE_HEAD
                ? read_head(http, bytes + used, size - used)
                : read_body(http, bytes + used, size - used);
  }
  return used;
}

/* What comes behind a request waits until that is answered. Where that is too
   much, it is the last. */
static void keep_waiting(struct http *http, const char *bytes, size_t size) {
  if (!http->is_persistent) return;
  if (buffer_append(&http->waiting, bytes, size) && count_kept(http)) return;
  count_limit(http, LIMIT_HIT_HTTP_BODIES, "64 times limits.http_body at once");
  http->is_persistent = false;
  buffer_free(&http->waiting);
  (void)count_kept(http);
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
  /* One who has been served and stays away is no concern. */
  if (has_begun || http->socket->heard == 0)
    count_limit(http, LIMIT_HIT_HANDSHAKE, "limits.handshake_time");
  if (!has_begun) return false;
  refuse(http, 408, "the request did not come in time (limits.handshake_time)");
  return true;
}

/* --- the next one --- */

/* The bytes that waited may end in the frames of a WebSocket. What is behind
   the next request stays where it lies: to move it each time would take the
   square of its size. */
static void read_what_waited(struct http *http) {
  struct socket *socket = http->socket;
  struct buffer waited = http->waiting;
  size_t from = http->waiting_from;
  http->waiting = (struct buffer){0};
  http->waiting_from = 0;
  (void)count_kept(http);
  from += read_request(http, waited.bytes + from, waited.size - from);
  if (is_reading(socket) && from < waited.size) {
    http->waiting = waited;
    http->waiting_from = from;
    (void)count_kept(http);
    return;
  }
  if (!socket->http && from < waited.size)
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

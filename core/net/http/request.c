/*
** One request, from the first byte of its head to the last byte of its body.
*/
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

#include <stdlib.h>
#include <string.h>

/* So many bytes of a body renew the deadline: a slow upload is served, one that
   sends single bytes is not. */
enum { BODY_STEP = 16 * 1024 };

/* --- a request --- */

static bool is_for_scripts(const struct http *http) {
  return http->socket->net->config->has_http || http->exchange->is_api;
}

/* Whether the body is needed for the answer. A request of the API without a
   valid key is answered without it. */
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
  socket_set_deadline(http->socket, http_limits(http)->handshake_time);
}

static void refuse_body(struct http *http) {
  if (http->body.error.status == 413)
    http_count_limit(http, LIMIT_HIT_HTTP_BODY, "limits.http_body");
  http_refuse(http, &http->body.error);
}

/* Takes over the head. */
static void begin_request(struct http *http, struct head *head) {
  http->is_persistent = http->socket->net->config->http_keep_alive != 0 &&
                        http_head_is_persistent(head);
  http->exchange = exchange_open(http->socket->net->registry, head);
  if (!http->exchange) {
    http_refuse_for(http, 503, "out of memory");
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
  } else if (!http_body_start(&http->body, head, http_limits(http))) {
    refuse_body(http);
  } else if (http->body.is_whole) {
    finish_request(http);
  } else if (!takes_body(http)) {
    http->is_persistent = false; /* its body is not read */
    finish_request(http);
  } else {
    http->phase = PHASE_BODY;
    say_continue(http);
    await_body(http);
  }
}

size_t http_read_body(struct http *http, const char *bytes, size_t size) {
  size_t used = http_body_take(&http->body, &http->exchange->body, bytes, size);
  if (http->body.error.status != 0) {
    refuse_body(http);
    return size;
  }
  if (!http_count_kept(http)) {
    http_count_limit(http, LIMIT_HIT_HTTP_BODIES,
                     "64 times limits.http_body at once");
    http_refuse_for(http, 503, "too many bodies at once: try again later");
    buffer_free(&http->exchange->body);
    (void)http_count_kept(http);
    return size;
  }
  if (http->body.is_whole)
    finish_request(http);
  else if (http->exchange->body.size - http->timed_from >= BODY_STEP)
    await_body(http);
  return used;
}

/* --- an upgrade --- */

/* Takes over the head. If it becomes a WebSocket, http is gone afterwards. */
static void upgrade_socket(struct http *http, struct head *head) {
  struct socket *socket = http->socket;
  struct http_error error = {0};
  if (socket->net->upgrade->accept(socket, head, &error)) {
    socket->http = NULL;
    http_free(http);
  } else {
    http_refuse(http, &error);
  }
}

/* Takes over the head of a WebSocket request that has lost its field
   Upgrade. */
static void refuse_lost_upgrade(struct http *http, struct head *head) {
  struct http_error error = {0};
  free(head);
  http->socket->net->upgrade->refuse_lost(http->socket, &error);
  http_refuse(http, &error);
}

/* --- heads --- */

/* Takes the bytes of a whole head. http may be gone afterwards. */
static void take_head(struct http *http, const char *bytes, size_t size) {
  struct socket *socket = http->socket;
  struct http_error error = {0};
  struct head *head = head_new(bytes, size);
  if (!head) {
    http_refuse_for(http, 503, "out of memory");
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
    http_refuse_for(http, 421, "this host is not served here (hosts)");
  } else if (upgrade_is_asked(head) && !socket->is_api) {
    upgrade_socket(http, head);
  } else if (!client_may_stay(socket, head)) {
    free(head);
    http_refuse_for(http, 429, "too many connections of this address");
  } else if (!socket->is_api && upgrade_is_lost(head, socket->net->config)) {
    refuse_lost_upgrade(http, head);
  } else {
    begin_request(http, head);
  }
}

/* Empty lines before a request are skipped, RFC 9112 section 2.2. Returns how
   many of the bytes belong to them. The CR of one may have been kept before. */
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

/* Looks for the end of the head. Returns its size, or 0 when it is unfinished
   or was refused. */
static size_t find_end(struct http *http, const char *bytes, size_t size) {
  struct http_error error = {0};
  size_t end = http_head_scan(bytes, size, &http->scanned, &error);
  if (error.status != 0) {
    http_refuse(http, &error);
    return 0;
  }
  if ((end ? end : size) <= http_limits(http)->http_head) return end;
  http_count_limit(http, LIMIT_HIT_HTTP_HEAD, "limits.http_head");
  http_refuse_for(http, 431,
                  "the head is larger than this server takes "
                  "(limits.http_head)");
  return 0;
}

size_t http_read_head(struct http *http, const char *bytes, size_t size) {
  size_t skipped = skip_empty_lines(http, bytes, size);
  if (skipped > 0) return skipped;
  size_t had = http->input.size;
  if (had == 0 && bytes[0] != '\r') { /* a CR may begin an empty line */
    socket_set_visit(http->socket, VISIT_HEAD);
    /* The socket is not idle any more, so http_keep_alive does not count. */
    socket_set_deadline(http->socket, http_limits(http)->handshake_time);
  }
  if (had > 0 && !buffer_append(&http->input, bytes, size)) {
    http_refuse_for(http, 503, "out of memory");
    return size;
  }
  const char *head = had > 0 ? http->input.bytes : bytes;
  size_t end = find_end(http, head, had + size);
  if (http->socket->state != SOCKET_OPEN) return size;
  if (end == 0) {
    if (had == 0 && !buffer_append(&http->input, bytes, size))
      http_refuse_for(http, 503, "out of memory");
    return size;
  }
  struct buffer collected = http->input;
  http->input = (struct buffer){0};
  take_head(http, head, end);
  buffer_free(&collected);
  return end - had;
}

#include "net/socket_callback.h"

#include "model/registry.h"
#include "net/http/http.h"
#include "net/listen/listener.h"
#include "net/net_internal.h"
#include "net/output.h"
#include "net/peer/client.h"
#include "net/socket.h"
#include "net/tls.h"
#include "net/ws/websocket.h"

enum { RECORDS_PER_TURN = 64 /* of one socket */ };

static void join(struct net *net, struct socket *socket) {
  socket->next = net->sockets;
  if (socket->next) socket->next->previous = socket;
  net->sockets = socket;
  net->socket_count++;
}

static void leave(struct net *net, struct socket *socket) {
  if (socket->previous) {
    socket->previous->next = socket->next;
  } else {
    net->sockets = socket->next;
  }
  if (socket->next) socket->next->previous = socket->previous;
  net->socket_count--;
}

/* Comes before the TLS handshake, which has the same deadline as the head
   behind it. */
static void on_adopt(struct net *net, struct socket *socket, struct lws *wsi) {
  socket->net = net;
  socket->wsi = wsi;
  socket->is_secure = lws_get_ssl(wsi) != NULL;
  struct arrival *arrival = net->arriving;
  socket->is_api = arrival->is_api;
  socket->is_loopback = arrival->is_loopback;
  socket->address = arrival->address;
  socket->is_forwarded = arrival->is_trusted;
  socket->place = arrival->place;
  arrival->place = (struct address_place){0};
  net->inside = socket;
  join(net, socket);
  if (socket->is_secure)
    tls_watch(wsi, socket);
  else
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
  socket->http = http_new(socket);
  if (socket->http) {
    socket->outbox->socket = socket;
  } else {
    socket_kill(socket);
  }
}

/* The handshakes are libwebsockets' as long as nothing has been heard. */
static void on_first_input(struct socket *socket) {
  lws_set_timeout(socket->wsi, NO_PENDING_TIMEOUT, 0);
  if (socket->is_secure) tls_read_ahead(socket->wsi);
}

/* Bytes behind the handshake in the same read are frames. */
static void take_input(struct socket *socket, char *bytes, size_t size) {
  if (socket->heard == 0) on_first_input(socket);
  socket->heard = socket->net->seconds;
  socket->pinged = 0;
  socket->net->registry->counters.bytes_in += size;
  if (socket->state == SOCKET_HTTP && socket_takes_input(socket)) {
    size_t used = http_received(socket->http, bytes, size);
    bytes += used;
    size -= used;
    if (socket->state == SOCKET_WEBSOCKET) socket->http = NULL;
  }
  if (socket->state == SOCKET_WEBSOCKET) {
    websocket_received(socket, bytes, size);
  }
}

/* What OpenSSL has read ahead wakes nobody: it is taken now, or, when that is
   too much for one turn, or too many records, those without data included, in
   the next. While input is off it waits until socket_update_input asks for a
   turn. False at the peer's end. */
static bool take_records(struct socket *socket, unsigned records) {
  struct net *net = socket->net;
  size_t taken = 0;
  char *bytes;
  while (!socket->is_doomed && !socket->is_input_off) {
    if (taken >= NET_READ_SIZE || records >= RECORDS_PER_TURN) {
      if (tls_has_record(socket->wsi)) lws_callback_on_writable(socket->wsi);
      break;
    }
    int size = tls_take_record(net->tls, socket->wsi, &bytes, &records);
    if (size <= 0) return size == 0;
    take_input(socket, bytes, (size_t)size);
    taken += (size_t)size;
  }
  return true;
}

/* What came before the peer's end is still answered. So many TLS records have
   been taken in this turn. */
static void finish_input(struct socket *socket, unsigned records) {
  bool has_ended = socket->is_secure && !take_records(socket, records);
  if (!socket->is_doomed) output_flush(socket);
  if (has_ended) socket_kill(socket);
}

/* So long may frames of one peer take before the others have their turn. */
enum { TURN_SHARE = 5 * 1000 * 1000 }; /* nanoseconds */

static void begin_turn(struct net *net) {
  net->inflated = 0;
  net->turn_ends = uv_hrtime() + TURN_SHARE;
}

static void on_input(struct socket *socket, char *bytes, size_t size) {
  begin_turn(socket->net);
  unsigned records = socket->is_secure ? tls_brought_data(socket->wsi) : 0;
  take_input(socket, bytes, size);
  finish_input(socket, records);
}

static void on_writable(struct socket *socket) {
  output_resume(socket);
  begin_turn(socket->net);
  bool has_turn = !socket->is_stuck && !socket->is_doomed;
  bool has_gone_on = has_turn && websocket_go_on(socket);
  if (has_gone_on || (socket->is_secure && socket->heard != 0))
    finish_input(socket, 0);
}

static void on_close(struct net *net, struct socket *socket) {
  if (socket->is_secure) tls_watch(socket->wsi, NULL);
  socket_set_deadline(socket, 0);
  websocket_closed(socket);
  if (socket->http) http_free(socket->http);
  socket->http = NULL;
  socket_set_visit(socket, VISIT_NONE);
  address_limit_leave(&net->address_limit, &socket->place);
  leave(net, socket);
}

/* Runs one of those above as being on the stack. The result tells
   libwebsockets whether to close the socket. */
static int finish(struct socket *socket) {
  socket->net->inside = NULL;
  return socket->is_doomed ? -1 : 0;
}

int socket_callback(struct lws *wsi, enum lws_callback_reasons reason,
                    void *user, void *in, size_t size) {
  struct socket *socket = user;
  struct net *net = NULL;
  switch ((int)reason) {
  case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
    net = lws_context_user(lws_get_context(wsi));
    tls_attach(net->tls, user);
    return 0;
  case LWS_CALLBACK_RAW_ADOPT:
    on_adopt(lws_context_user(lws_get_context(wsi)), socket, wsi);
    return finish(socket);
  case LWS_CALLBACK_RAW_RX:
    socket->net->inside = socket;
    on_input(socket, in, size);
    return finish(socket);
  case LWS_CALLBACK_RAW_WRITEABLE:
    socket->net->inside = socket;
    on_writable(socket);
    return finish(socket);
  case LWS_CALLBACK_RAW_CLOSE:
    /* Comes for one that was never announced, too. */
    if (socket && socket->net) on_close(socket->net, socket);
    return 0;
  default:
    return 0;
  }
}

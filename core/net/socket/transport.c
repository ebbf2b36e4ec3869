#include "net/socket/transport.h"

#include "lib/log.h"
#include "net/socket/arrival.h"
#include "net/socket/descriptors.h"
#include "net/socket/input.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/socket/tls.h"

#include <libwebsockets.h>
#include <linux/close_range.h>
#include <string.h>
#include <unistd.h>

enum {
  WRITE_SIZE_MAX = 1024 * 1024,
  NO_TIMEOUT = 365 * 24 * 3600 /* seconds */
};

/* --- its callbacks --- */

/* Whether libwebsockets is to close the socket: the result of a callback. */
static int end_event(struct socket *socket) {
  socket->net->inside = NULL;
  return socket->is_doomed ? -1 : 0;
}

static struct net *net_of(struct lws *wsi) {
  return lws_context_user(lws_get_context(wsi));
}

/* Comes before the TLS handshake, which has the same deadline as the head after
   it. */
static int on_adopted(struct net *net, struct socket *socket, struct lws *wsi) {
  socket->net = net;
  socket->wsi = wsi;
  net->inside = socket;
  socket->is_secure = lws_get_ssl(wsi) != NULL;
  if (!socket->is_secure) transport_drop_deadline(socket);
  input_begin(socket, net->arriving);
  return end_event(socket);
}

static int on_lws_event(struct lws *wsi, enum lws_callback_reasons reason,
                        void *user, void *in, size_t size) {
  struct socket *socket = user;
  switch ((int)reason) {
  case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
    tls_attach(net_of(wsi)->tls, user);
    return 0;
  case LWS_CALLBACK_RAW_ADOPT:
    return on_adopted(net_of(wsi), socket, wsi);
  case LWS_CALLBACK_RAW_RX:
    socket->net->inside = socket;
    input_received(socket, in, size);
    return end_event(socket);
  case LWS_CALLBACK_RAW_WRITEABLE:
    socket->net->inside = socket;
    input_turn(socket);
    return end_event(socket);
  case LWS_CALLBACK_RAW_CLOSE:
    /* It also comes for sockets that never had an ADOPT callback. */
    if (socket && socket->net) input_end(socket);
    return 0;
  default:
    return 0;
  }
}

/* --- its context --- */

static const struct lws_protocols protocols[] = {
    {.name = "base",
     .callback = on_lws_event,
     .per_session_data_size = sizeof(struct socket),
     .tx_packet_size = WRITE_SIZE_MAX},
    {.name = NULL}};

/* Zero disables libwebsockets' own keep-alive. */
static const lws_retry_bo_t no_policy;

static void on_library_log(int level, const char *line) {
  (void)level;
  size_t size = strcspn(line, "\n");
  log_event(LOG_ERROR, "libwebsockets: %.*s", (int)size, line);
}

static bool create_context(struct net *net) {
  void *loops[] = {net->loop};
  lws_set_log_level(LLL_ERR, on_library_log);
  struct lws_context_creation_info info = {
      .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                 LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
                 (net->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
      .foreign_loops = loops,
      .pt_serv_buf_size = NET_READ_SIZE,
      .timeout_secs = NO_TIMEOUT, /* TLS handshakes have our own deadline */
      .retry_and_idle_policy = &no_policy,
      .user = net};
  descriptors_open(net);
  net->lws = lws_create_context(&info);
  descriptors_opened(net);
  /* libwebsockets 4.3 opens a netlink socket that children would inherit. */
  (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  if (net->lws) return true;
  log_event(LOG_ERROR, "cannot start libwebsockets (it needs its libuv plugin, "
                       "on Debian the package libwebsockets-evlib-uv)");
  return false;
}

static bool create_vhost(struct net *net) {
  struct lws_context_creation_info info = {
      .options = net->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                                LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX
                          : 0,
      .port = CONTEXT_PORT_NO_LISTEN_SERVER,
      .vhost_name = "base",
      .protocols = protocols,
      .retry_and_idle_policy = &no_policy,
      .alpn = "http/1.1"};
  net->vhost = lws_create_vhost(net->lws, &info);
  if (!net->vhost) log_event(LOG_ERROR, "libwebsockets cannot create a vhost");
  return net->vhost != NULL;
}

bool transport_open(struct net *net) {
  return create_context(net) && create_vhost(net);
}

static void look_for_closing(uv_handle_t *handle, void *is_any) {
  if (uv_is_closing(handle)) *(bool *)is_any = true;
}

/* libwebsockets closes its handles in several rounds: each round starts from
   the callbacks of the one before. */
static void run_until_closed(uv_loop_t *loop) {
  bool is_any;
  do {
    uv_run(loop, UV_RUN_NOWAIT);
    is_any = false;
    uv_walk(loop, look_for_closing, &is_any);
  } while (is_any);
}

void transport_close(struct net *net) {
  /* The first call closes the sockets, the second frees what is left. */
  if (net->lws) lws_context_destroy(net->lws);
  run_until_closed(net->loop);
  if (net->lws) lws_context_destroy(net->lws);
}

/* --- its sockets --- */

void transport_adopt(struct net *net, struct arrival *arrival, int descriptor) {
  unsigned type = LWS_ADOPT_SOCKET;
  if (!arrival->is_local) type |= LWS_ADOPT_ALLOW_SSL;
  net->arriving = arrival;
  lws_adopt_descriptor_vhost(net->vhost, (lws_adoption_type)type,
                             (lws_sock_file_fd_type){.sockfd = descriptor},
                             "base", NULL);
  net->arriving = NULL;
}

int transport_descriptor(const struct socket *socket) {
  return lws_get_socket_fd(socket->wsi);
}

struct ssl_st *transport_tls(const struct socket *socket) {
  return lws_get_ssl(socket->wsi);
}

void transport_drop_deadline(struct socket *socket) {
  lws_set_timeout(socket->wsi, NO_PENDING_TIMEOUT, 0);
}

void transport_read(struct socket *socket, bool is_on) {
  lws_rx_flow_control(socket->wsi, is_on);
}

void transport_ask_turn(struct socket *socket) {
  lws_callback_on_writable(socket->wsi);
}

void transport_kill(struct socket *socket) {
  if (socket->net->inside != socket)
    lws_set_timeout(socket->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

enum transport_written transport_write(struct socket *socket, char *bytes,
                                       size_t size) {
  if (lws_write(socket->wsi, (unsigned char *)bytes, size, LWS_WRITE_RAW) < 0)
    return TRANSPORT_FAILED;
  return lws_partial_buffered(socket->wsi) ? TRANSPORT_SOME : TRANSPORT_ALL;
}

bool transport_is_stuck(const struct socket *socket) {
  return lws_partial_buffered(socket->wsi);
}

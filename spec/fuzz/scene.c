#include "scene.h"

#include "fuzz.h"

#include "lib/buffer.h"
#include "lib/log.h"
#include "lib/timers.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/exchange.h"
#include "model/head.h"
#include "model/message.h"
#include "model/registry.h"
#include "net/http/http.h"
#include "net/socket/protocol.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/ws/deflate.h"
#include "net/ws/opening.h"
#include "net/ws/websocket.h"

struct scene {
  struct config config;
  struct timers timers;
  struct registry registry;
  struct net net;
  struct socket socket;
  struct buffer events;  /* what the socket's user was told */
  struct buffer answers; /* what the peer was */
};

static char path[] = "/";

static uint64_t now(void *context) {
  (void)context;
  return 1;
}

/* --- what the user is told --- */

static void on_opened(void *context, struct connection *connection) {
  struct scene *scene = context;
  (void)connection;
  buffer_append_string(&scene->events, " opened");
}

static void on_received(void *context, struct connection *connection,
                        enum message_kind kind, char *bytes, size_t size) {
  struct scene *scene = context;
  buffer_print(&scene->events,
               " %s:%zu:", kind == MESSAGE_TEXT ? "text" : "binary", size);
  buffer_append(&scene->events, bytes, size);
  memset(bytes, '?', size); /* as the receiver may */
  MUST(connection->state == CONNECTION_OPEN);
  if (size == 4) connection_close(connection, 4100, "asked to");
}

/* Not the reason: a text that ends inside of a character is one that is not
   UTF-8 when it comes at once. */
static void on_limited(void *context, struct connection *connection,
                       const char *bytes, size_t size) {
  (void)context;
  (void)connection;
  (void)bytes;
  (void)size;
}

static void on_closed(void *context, struct connection *connection, int code,
                      const char *reason) {
  struct scene *scene = context;
  (void)connection;
  MUST(strlen(reason) <= CLOSE_REASON_MAX);
  buffer_print(&scene->events, " closed:%d", code);
}

static void on_requested(void *context, struct exchange *exchange) {
  struct scene *scene = context;
  struct text target = head_target(exchange->head);
  struct buffer fields = {0};
  buffer_append_string(&scene->events, " request:");
  buffer_append(&scene->events, target.bytes, target.size);
  buffer_print(&scene->events, ":%zu:", exchange->body.size);
  buffer_append(&scene->events, exchange->body.bytes, exchange->body.size);
  MUST(exchange_answer(exchange, 204, &fields, NULL, NULL));
}

static const struct net_events events = {.opened = on_opened,
                                         .received = on_received,
                                         .limited = on_limited,
                                         .closed = on_closed,
                                         .requested = on_requested};

/* --- what the peer is told --- */

/* Which of several faults is found first depends on the cuts: a refusal is
   told without its status. */
static void tell_raw(struct scene *scene, const struct message *message) {
  static const char version[] = "HTTP/1.1 ";
  size_t digits = sizeof version - 1;
  if (message->size == 0) return;
  MUST(message->size > digits + 3);
  MUST(memcmp(message->bytes, version, digits) == 0);
  const char *status = message->bytes + digits;
  bool is_refusal = *status == '4' || *status == '5';
  buffer_append_string(&scene->answers, " http:");
  buffer_append(&scene->answers, is_refusal ? "refused" : status,
                is_refusal ? 7 : 3);
}

static void tell_answer(struct scene *scene, const struct message *message) {
  const unsigned char *bytes = (const unsigned char *)message->bytes;
  switch (message->kind) {
  case MESSAGE_RAW:
    tell_raw(scene, message);
    break;
  case MESSAGE_PONG:
    buffer_print(&scene->answers, " pong:%zu:", message->size);
    buffer_append(&scene->answers, bytes, message->size);
    break;
  case MESSAGE_CLOSE:
    MUST(message->size != 1 && message->size <= 2 + CLOSE_REASON_MAX);
    buffer_print(&scene->answers, " close:%d",
                 message->size ? bytes[0] << 8 | bytes[1] : CLOSE_NONE_GIVEN);
    websocket_protocol.close_written(&scene->socket, message);
    break;
  default:
    fuzz_fail(__FILE__, __LINE__, "nobody sends anything else here");
  }
}

static void take_output(struct scene *scene) {
  struct socket *socket = &scene->socket;
  while (socket->outbox && socket->outbox->first) {
    tell_answer(scene, socket->outbox->first->message);
    outbox_pop(socket->outbox);
  }
}

/* As net does at the end of a read and of a turn. An answer that is written
   lets the next request come. */
static void flush(struct scene *scene) {
  struct socket *socket = &scene->socket;
  struct exchange *exchange;
  take_output(scene);
  while ((exchange = exchange_take_answered(&scene->registry))) {
    http_answer(socket->http, exchange);
    take_output(scene);
    if (socket->http && socket->state == SOCKET_OPEN)
      http_drained(socket->http);
    take_output(scene);
  }
  if (socket->state == SOCKET_OPEN && !socket->http)
    socket->protocol->drained(socket);
}

static void feed(struct scene *scene, const char *bytes, size_t size) {
  struct socket *socket = &scene->socket;
  char *copy = copy_exactly(bytes, size);
  size_t used = 0;
  scene->net.inflated = 0;
  while (used < size && socket->state == SOCKET_OPEN)
    used += socket->protocol->received(socket, copy + used, size - used);
  MUST(used <= size);
  free(copy);
  while (websocket_go_on(socket)) {
  }
  flush(scene);
}

/* --- its beginning and its end --- */

static void open_config(struct config *config,
                        const struct scene_options *options) {
  bool is_tight = options->is_tight;
  config->limits.message_size = is_tight ? 100 : 70000;
  config->limits.http_head = is_tight ? 200 : 64 << 10;
  config->limits.http_body = is_tight ? 20 : 64 << 10;
  config->limits.handshake_time = 1000;
  config->http_keep_alive = 1000;
  config->takes_binary = !is_tight;
  config->has_http = true;
  config->deflate_level = options->deflates ? 1 : 0;
  config->has_origins = options->has_origins;
  origins_add(&config->origins, "https://*.example.com");
  if (is_tight) config->path = path;
}

static void open_websocket(struct socket *socket) {
  struct message *answer = message_new(MESSAGE_RAW, "", 0);
  struct head *head = head_new("GET / HTTP/1.1\r\n\r\n", 18);
  MUST(answer && head && websocket_open(socket, head, answer));
  message_unref(answer);
}

static void open_scene(struct scene *scene,
                       const struct scene_options *options) {
  static struct deflate *codec;
  if (!codec) {
    log_open(LOG_ERROR, LOG_TEXT);
    codec = deflate_new();
  }
  *scene = (struct scene){0};
  struct net *net = &scene->net;
  struct socket *socket = &scene->socket;
  open_config(&scene->config, options);
  timers_open(&scene->timers, now, NULL);
  registry_open(&scene->registry, &scene->config, &scene->timers);
  net->registry = &scene->registry;
  net->config = &scene->config;
  net->events = &events;
  net->context = scene;
  net->connection_limit = 10;
  net->upgrade = &websocket_upgrade;
  net->deflate = codec;
  net->inside = socket;
  net->turn_ends = options->has_short_turns ? 1 : 0;
  socket->net = net;
  socket->protocol = &http_protocol;
  socket->window = options->deflates ? DEFLATE_WINDOW_MAX : 0;
  socket->peer.address.is_unix = true;
  socket->is_stuck = true;
  socket->is_input_off = true;
  if (options->begins_with_http) socket->window = 0;
  if (options->begins_with_http)
    MUST(http_protocol.begin(socket));
  else
    open_websocket(socket);
}

static struct buffer close_scene(struct scene *scene) {
  struct socket *socket = &scene->socket;
  struct buffer told = scene->events;
  if (timer_is_running(&socket->deadline))
    buffer_append_string(&told, " waiting");
  if (socket->state == SOCKET_ENDING) buffer_append_string(&told, " ended");
  socket_set_deadline(socket, 0);
  scene->events = (struct buffer){0};
  websocket_closed(socket);
  buffer_append(&told, scene->events.bytes, scene->events.size);
  buffer_append_string(&told, " |");
  buffer_append(&told, scene->answers.bytes, scene->answers.size);
  buffer_append(&told, "", 1);
  if (socket->http) http_free(socket->http);
  MUST(!socket->websocket && !socket->connection && !socket->is_doomed);
  MUST(scene->net.behind == 0);
  buffer_free(&scene->events);
  buffer_free(&scene->answers);
  registry_reap(&scene->registry);
  registry_close(&scene->registry);
  timers_close(&scene->timers);
  origins_close(&scene->config.origins);
  return told;
}

/* How TCP cuts the bytes; any other number is the seed of random pieces. */
enum { CUT_NOWHERE = 0, CUT_EVERYWHERE = 1 };

/* The size of the next piece, most often a small one. */
static size_t next_piece(unsigned *seed, size_t left) {
  if (*seed == CUT_NOWHERE) return left;
  if (*seed == CUT_EVERYWHERE) return 1;
  *seed = (*seed * 1103515245u + 12345u) | 2;
  size_t most = (*seed >> 24 & 3) ? 9 : 300;
  size_t size = (*seed >> 12) % most + 1;
  return size < left ? size : left;
}

/* What came of it as a text, ended by a zero. The caller frees it. */
static struct buffer tell(const struct scene_options *options,
                          const char *bytes, size_t size, unsigned cut) {
  struct scene scene;
  open_scene(&scene, options);
  while (size > 0) {
    size_t piece = next_piece(&cut, size);
    feed(&scene, bytes, piece);
    bytes += piece;
    size -= piece;
  }
  return close_scene(&scene);
}

static bool is_same(const struct buffer *a, const struct buffer *b) {
  if (a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0)
    return true;
  fprintf(stderr, "at once: %s\nin pieces: %s\n", a->bytes, b->bytes);
  return false;
}

void scene_check(const struct scene_options *options, const char *bytes,
                 size_t size, unsigned seed) {
  struct buffer whole = tell(options, bytes, size, CUT_NOWHERE);
  struct buffer single = tell(options, bytes, size, CUT_EVERYWHERE);
  struct buffer pieces = tell(options, bytes, size, seed | 2);
  bool must_agree = !(options->begins_with_http && options->is_tight);
  MUST(!must_agree || is_same(&whole, &single));
  MUST(!must_agree || is_same(&whole, &pieces));
  buffer_free(&whole);
  buffer_free(&single);
  buffer_free(&pieces);
}

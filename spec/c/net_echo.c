/*
** A server that sends every message back: net and model alone, for trying out
** the sockets without Lua.
**
**   net_echo [-c CERTIFICATE -k KEY] [-m MESSAGE_SIZE] [-n CONNECTIONS]
**            [-q QUEUE_SIZE] [-i INTERVAL_MS] [-t TIMEOUT_MS] LISTEN...
**
** The text "close 4100 why" closes the connection so; "big N" is answered with
** a text of N bytes. SIGHUP reads the certificate again; SIGTERM and SIGINT
** stop reading, close everybody with 1012, and end when all are gone; a second
** one ends at once.
*/
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/timers.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/exchange.h"
#include "model/message.h"
#include "model/registry.h"
#include "net/net.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static struct {
  uv_loop_t loop;
  uv_prepare_t prepare;
  uv_timer_t timer;
  uv_signal_t hangup, end, interrupt;
  struct config config;
  struct timers timers;
  struct registry registry;
  struct net *net;
  bool is_ending;
} echo;

static uint64_t now(void *context) {
  (void)context;
  return clock_monotonic();
}

static void send_big(struct connection *connection, size_t size) {
  struct message *message = message_new(MESSAGE_TEXT, NULL, size);
  if (!message) return;
  memset(message->bytes, 'x', size);
  connection_send(connection, message);
  message_unref(message);
}

static void on_opened(void *context, struct connection *connection) {
  (void)context;
  (void)connection;
}

static void on_received(void *context, struct connection *connection,
                        enum message_kind kind, char *bytes, size_t size) {
  (void)context;
  char command[64];
  char reason[64] = "";
  int code = 0;
  size_t big = 0;
  snprintf(command, sizeof command, "%.*s", (int)(size < 60 ? size : 60),
           bytes);
  if (sscanf(command, "close %d %63s", &code, reason) >= 1) {
    connection_close(connection, code, reason);
    return;
  }
  if (sscanf(command, "big %zu", &big) == 1) {
    send_big(connection, big);
    return;
  }
  struct message *message = message_new(kind, bytes, size);
  if (message) connection_send(connection, message);
  message_unref(message);
}

static void on_closed(void *context, struct connection *connection, int code,
                      const char *reason) {
  (void)context;
  connection_log(LOG_INFO, connection, "closed %d %s", code, reason);
}

static void on_requested(void *context, struct exchange *exchange) {
  (void)context;
  struct message *body = message_new(MESSAGE_RAW, "echo\n", 5);
  if (body) exchange_answer(exchange, 200, NULL, body, NULL);
  message_unref(body);
}

static const struct net_events events = {.opened = on_opened,
                                         .received = on_received,
                                         .closed = on_closed,
                                         .requested = on_requested};

static void on_timer(uv_timer_t *timer) {
  (void)timer;
  timers_run(&echo.timers);
}

static void finish(void) {
  if (uv_is_closing((uv_handle_t *)&echo.prepare)) return;
  uv_close((uv_handle_t *)&echo.prepare, NULL);
  uv_close((uv_handle_t *)&echo.timer, NULL);
  uv_close((uv_handle_t *)&echo.hangup, NULL);
  uv_close((uv_handle_t *)&echo.end, NULL);
  uv_close((uv_handle_t *)&echo.interrupt, NULL);
  uv_stop(&echo.loop);
}

static void finish_if_over(void) {
  if (echo.is_ending && net_socket_count(echo.net) == 0) finish();
}

static void on_prepare(uv_prepare_t *prepare) {
  (void)prepare;
  net_flush(echo.net);
  registry_reap(&echo.registry);
  finish_if_over();
  if (uv_is_closing((uv_handle_t *)&echo.timer)) return;
  int64_t next = timers_next(&echo.timers);
  if (next == TIMERS_NONE) {
    uv_timer_stop(&echo.timer);
  } else {
    uv_timer_start(&echo.timer, on_timer, (uint64_t)next, 0);
  }
}

static void on_signal(uv_signal_t *handle, int number) {
  (void)handle;
  if (number == SIGHUP) {
    log_event(LOG_INFO, "certificate %s",
              net_reload_certificate(echo.net) ? "read" : "kept");
    return;
  }
  if (echo.is_ending) {
    finish();
    return;
  }
  echo.is_ending = true;
  net_stop_reading(echo.net);
  size_t cursor = 0;
  struct connection *connection;
  while ((connection = registry_next_connection(&echo.registry, &cursor))) {
    connection_close(connection, CLOSE_RESTART, "restart");
  }
}

static bool configure(int count, char **arguments) {
  struct config *config = &echo.config;
  config->limits.message_size = 16 << 20;
  config->limits.queue_size = 64 << 20;
  config->limits.handshake_time = 10000;
  config->http_keep_alive = 75000;
  config->limits.http_head = 16384;
  config->limits.http_body = 1 << 20;
  config->heartbeat_interval = 25000;
  config->heartbeat_timeout = 10000;
  config->takes_binary = config->has_http = config->has_origins = true;
  origins_add(&config->origins, "*");
  int option;
  while ((option = getopt(count, arguments, "c:k:m:n:q:i:t:")) != -1) {
    const char *argument = optarg ? optarg : "";
    uint64_t number = strtoull(argument, NULL, 10);
    if (option == 'c') config->certificate = strdup(argument);
    if (option == 'k') config->key = strdup(argument);
    if (option == 'm') config->limits.message_size = number;
    if (option == 'n') config->limits.connections = number;
    if (option == 'q') config->limits.queue_size = number;
    if (option == 'i') config->heartbeat_interval = number;
    if (option == 't') config->heartbeat_timeout = number;
    if (option == '?') return false;
  }
  config->has_tls = config->certificate && config->key;
  for (int i = optind; i < count; i++) {
    string_list_add(&config->listen, arguments[i]);
  }
  return true;
}

static void start_handles(void) {
  uv_prepare_init(&echo.loop, &echo.prepare);
  uv_timer_init(&echo.loop, &echo.timer);
  uv_signal_init(&echo.loop, &echo.hangup);
  uv_signal_init(&echo.loop, &echo.end);
  uv_signal_init(&echo.loop, &echo.interrupt);
  uv_prepare_start(&echo.prepare, on_prepare);
  uv_signal_start(&echo.hangup, on_signal, SIGHUP);
  uv_signal_start(&echo.end, on_signal, SIGTERM);
  uv_signal_start(&echo.interrupt, on_signal, SIGINT);
}

int main(int count, char **arguments) {
  if (!configure(count, arguments)) return 2;
  log_open(getenv("DEBUG") ? LOG_DEBUG : LOG_INFO, LOG_TEXT);
  signal(SIGPIPE, SIG_IGN);
  uv_loop_init(&echo.loop);
  timers_open(&echo.timers, now, NULL);
  registry_open(&echo.registry, &echo.config, &echo.timers);
  echo.net = net_new(&echo.loop, &echo.registry, &echo.config, &events, NULL);
  int status = 1;
  if (echo.net && net_listen(echo.net)) {
    start_handles();
    uv_run(&echo.loop, UV_RUN_DEFAULT);
    status = 0;
  }
  net_free(echo.net);
  registry_close(&echo.registry);
  timers_close(&echo.timers);
  config_close(&echo.config);
  uv_run(&echo.loop, UV_RUN_NOWAIT);
  return uv_loop_close(&echo.loop) == 0 ? status : 3;
}

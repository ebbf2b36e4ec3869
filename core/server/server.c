#include "server/server.h"

#include "bus/bus.h"
#include "bus/hub.h"
#include "bus/memory.h"
#include "io/http_client.h"
#include "lib/log.h"
#include "lua/scripts.h"
#include "model/connection.h"
#include "net/net.h"
#include "server/ending.h"
#include "server/handover/successor.h"
#include "server/init.h"
#include "server/loop.h"
#include "server/privileges.h"
#include "server/reload.h"
#include "server/state.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* --- the successor --- */

/* If the successor is gone, no process serves after this one: status 1. */
static void on_drained(void *context) {
  struct server *server = context;
  ending_begin(server, CLOSE_RESTART,
               successor_is_lost(server->successor) ? 1 : 0);
}

static void on_successor_starting(void *context, int descriptor) {
  giving_begin(&((struct server *)context)->giving, descriptor);
}

/* The channels go over. They are not handed on twice. */
static void on_change(void *context) {
  taking_forget(&((struct server *)context)->taking);
}

static void on_replaced(void *context, int process) {
  struct server *server = context;
  giving_settle(&server->giving);
  notify_replaced(&server->notify, process);
  predecessor_say_replaced(&server->predecessor);
  if (!server->is_ending) drain_start(&server->drain, server->config.drain);
}

static const struct successor_events successor_events = {
    .starting = on_successor_starting, .ready = on_replaced};

static void on_signal(void *context, int number) {
  struct server *server = context;
  if (number == SIGHUP)
    reload(server);
  else if (number == SIGUSR2)
    successor_start(server->successor, server->net);
  else
    ending_terminate(server, number);
}

/* --- events of the parts --- */

static void on_opened(void *context, struct connection *connection) {
  scripts_opened(((struct server *)context)->scripts, connection);
}

static void on_received(void *context, struct connection *connection,
                        enum message_kind kind, char *bytes, size_t size) {
  scripts_received(((struct server *)context)->scripts, connection, kind, bytes,
                   size);
}

static void on_limited(void *context, struct connection *connection,
                       const char *bytes, size_t size) {
  scripts_limited(((struct server *)context)->scripts, connection, bytes, size);
}

static void on_closed(void *context, struct connection *connection, int code,
                      const char *reason) {
  scripts_closed(((struct server *)context)->scripts, connection, code, reason);
}

static void on_requested(void *context, struct exchange *exchange) {
  scripts_requested(((struct server *)context)->scripts, exchange);
}

static const struct net_events net_events = {.opened = on_opened,
                                             .received = on_received,
                                             .limited = on_limited,
                                             .closed = on_closed,
                                             .requested = on_requested};

static void on_exit_asked(void *context, int status) {
  struct server *server = context;
  server->status = status;
  server->exit_asked = true;
}

static const struct scripts_events scripts_events = {.exit = on_exit_asked};

/* --- building and taking down --- */

static void override_settings(struct server *server,
                              const struct server_options *options) {
  if (options->port) scripts_override_port(server->scripts, options->port);
  if (options->log_level >= 0)
    scripts_override_log_level(server->scripts, options->log_level);
}

/* With a predecessor the bus has a peer. */
static void open_bus(struct server *server) {
  int link = predecessor_take_link(&server->predecessor);
  server->bus = link >= 0 ? hub_bus_new(&server->registry)
                          : memory_bus_new(&server->registry);
  scripts_use_bus(server->scripts, server->bus);
  server->giving = (struct giving){.loop = &server->loop,
                                   .registry = &server->registry,
                                   .scripts = server->scripts,
                                   .bus = &server->bus,
                                   .on_change = on_change,
                                   .context = server};
  server->taking = (struct taking){.registry = &server->registry,
                                   .scripts = server->scripts,
                                   .hub = link >= 0 ? server->bus : NULL};
  if (server->bus) taking_begin(&server->taking, link);
}

bool server_open(struct server *server, const struct server_options *options) {
  log_open(options->log_level >= 0 ? (enum log_level)options->log_level
                                   : LOG_INFO,
           LOG_TEXT);
  if (uv_loop_init(&server->loop) != 0) return false;
  loop_open_timers(server);
  registry_open(&server->registry, &server->config, &server->timers);
  server->scripts = scripts_new(&server->registry, &server->config,
                                &scripts_events, server, NULL);
  if (!server->scripts) return false;
  override_settings(server, options);
  server->http_client = http_client_new(&server->loop, &server->config);
  scripts_use_http_client(server->scripts, server->http_client);
  open_bus(server);
  return server->http_client && server->bus;
}

void server_close(struct server *server) {
  if (server->taking.registry) taking_stop(&server->taking);
  bus_close(server->bus);
  if (server->scripts) {
    scripts_use_bus(server->scripts, NULL); /* its last scripts may ask it */
    scripts_free(server->scripts);
  }
  http_client_free(server->http_client);
  registry_close(&server->registry);
  timers_close(&server->timers);
  config_close(&server->config);
  uv_run(&server->loop, UV_RUN_DEFAULT);
  uv_loop_close(&server->loop);
}

static bool start_net(struct server *server) {
  server->net = net_new(&server->loop, &server->registry, &server->config,
                        &net_events, server);
  if (!server->net) return false;
  predecessor_inherit(&server->predecessor, server->net);
  activation_inherit(&server->activation, server->net);
  return net_listen(server->net);
}

static void start_succession(struct server *server,
                             const struct server_options *options) {
  server->drain = (struct drain){.timers = &server->timers,
                                 .scripts = server->scripts,
                                 .net = server->net,
                                 .on_over = on_drained,
                                 .context = server};
  struct successor_command command = options->command;
  command.variables = server->notify.variables;
  if (init_is_our_parent())
    command.objection =
        "Base is process 1 of this container, which would end with it";
  server->successor = successor_new(&server->loop, &server->timers, &command,
                                    &successor_events, server);
}

/* Tells the log, the predecessor and systemd that the server is ready: all is
   loaded, it listens, and it receives signals. */
static void say_ready(struct server *server) {
  taking_take(&server->taking, &server->loop);
  log_event(LOG_INFO, "base %s is ready", BASE_VERSION);
  predecessor_say_ready(&server->predecessor);
  net_own_inherited(server->net);
  notify_ready(&server->notify, "serving");
}

/* libwebsockets ignores SIGPIPE, so our handlers are set again. */
static bool start_all(struct server *server,
                      const struct server_options *options) {
  if (!start_net(server) || !privileges_drop(server->config.user, server->net))
    return false;
  signals_hold_again();
  if (!signals_start(&server->signals, &server->loop, on_signal, server))
    return false;
  start_succession(server, options);
  return true;
}

/* The loop's handles come last: a start that fails runs the loop to close what
   is open, and no turn may find the server half built. SIGTERM and SIGINT are
   blocked meanwhile: once the log says that the server listens, they reach a
   loop that ends in order. */
static bool open_doors(struct server *server,
                       const struct server_options *options) {
  sigset_t ends, before;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, &before);
  bool is_open = start_all(server, options);
  if (is_open) {
    loop_start(server);
    ending_prepare(server);
    notify_start(&server->notify, &server->loop);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return is_open;
}

static void see_path(void *watch, const char *path, bool is_folder) {
  watch_see(watch, path, is_folder);
}

static void each_seen(void *context, struct watch *watch) {
  scripts_each_seen(((struct server *)context)->scripts, see_path, watch);
}

static void start_watch(struct server *server) {
  server->watched = (struct watch_source){.project = server->project,
                                          .each_seen = each_seen,
                                          .on_change = reload,
                                          .context = server};
  server->watch = watch_start(&server->loop, &server->watched);
}

static int serve_until_end(struct server *server,
                           const struct server_options *options) {
  privileges_forbid_cores();
  server->status = 1;
  taking_ask_state(&server->taking);
  if (scripts_load(server->scripts) && !server->exit_asked &&
      open_doors(server, options)) {
    server->status = 0;
    if (options->watches) start_watch(server);
    say_ready(server);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    successor_stop(server->successor);
    giving_stop(&server->giving);
    drain_stop(&server->drain);
    if (server->watch) watch_stop(server->watch);
    loop_stop(server);
    notify_stop(&server->notify);
    signals_stop(&server->signals);
  }
  if (server->net) net_free(server->net);
  return server->status;
}

int server_run(const struct server_options *options) {
  struct server server = {.project = options->project};
  int status = 1;
  predecessor_open(&server.predecessor);
  activation_open(&server.activation);
  notify_open(&server.notify);
  if (server_open(&server, options)) status = serve_until_end(&server, options);
  server_close(&server);
  notify_close(&server.notify);
  activation_close(&server.activation);
  predecessor_close(&server.predecessor);
  signals_end();
  if (status == 0) log_event(LOG_INFO, "ended");
  return status;
}

#include "server/server.h"

#include "io/http_client.h"
#include "lib/log.h"
#include "lib/timers.h"
#include "lua/scripts.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/registry.h"
#include "net/net.h"
#include "server/activation.h"
#include "server/handover/drain.h"
#include "server/handover/predecessor.h"
#include "server/handover/successor.h"
#include "server/init.h"
#include "server/notify.h"
#include "server/privileges.h"
#include "server/project_folder.h"
#include "server/signals.h"
#include "server/turn.h"
#include "server/watch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

enum { GRACE = 3000 /* milliseconds for closing what is left */ };

struct server {
  uv_loop_t loop;
  const char *project; /* its path, which begins at the root */
  struct config config;
  struct timers timers;
  struct registry registry;
  struct scripts *scripts;
  struct net *net;
  struct http_client *http_client;
  struct watch *watch;
  struct watch_source watched;
  struct successor *successor;
  struct predecessor predecessor;
  struct activation activation;
  struct notify notify;
  uv_prepare_t prepare;
  uv_check_t check;
  struct turn turn;
  struct timers_look look; /* before the poll */
  uv_timer_t alarm;        /* ends the poll at the next deadline of `timers` */
  struct signals signals;
  uint64_t alarm_at;    /* of the loop's clock, or 0 */
  struct drain drain;   /* of everybody, to the new process */
  struct timer end;     /* limits the drain, then the closing */
  uint64_t drain_until; /* of the clock of `timers` */
  bool is_ending;
  bool is_told;    /* to end, by a signal: a second one is at once */
  bool exit_asked; /* by a script: ends before the next turn */
  bool is_stopped; /* the scripts were ended; only closing is left */
  int status;
};

/* --- the turn --- */

static uint64_t loop_clock(void *context) {
  struct server *server = context;
  turn_begin(&server->turn);
  uv_update_time(&server->loop); /* a script may have held the turn up */
  return uv_now(&server->loop);
}

static uint64_t loop_clock_last(void *context) {
  struct server *server = context;
  return uv_now(&server->loop);
}

static void on_alarm(uv_timer_t *alarm) {
  struct server *server = alarm->data;
  server->alarm_at = 0;
}

/* Behind the poll: a deadline counts only when what had come before it has been
   read, however long a script has held the loop up. */
static void on_check(uv_check_t *check) {
  struct server *server = check->data;
  timers_run_due(&server->timers, server->look);
}

static void set_alarm(struct server *server) {
  int64_t next = timers_next(&server->timers);
  if (next == TIMERS_NONE) return;
  uint64_t at = uv_now(&server->loop) + (uint64_t)next;
  if (server->alarm_at != 0 && server->alarm_at <= at) return;
  server->alarm_at = at ? at : 1;
  uv_timer_start(&server->alarm, on_alarm, (uint64_t)next, 0);
}

/* What is to be sent may take what is left of the drain, or a moment. */
static void stop_scripts(struct server *server) {
  if (server->is_stopped) return;
  server->is_stopped = true;
  net_stop_api(server->net);
  scripts_stop(server->scripts);
  uint64_t now = timers_now(&server->timers);
  uint64_t left = server->drain_until > now ? server->drain_until - now : 0;
  timer_start(&server->timers, &server->end, left > GRACE ? left : GRACE);
}

/* --- the end --- */

static void on_end(struct timer *timer) {
  struct server *server = owner_of(timer, struct server, end);
  if (server->is_stopped)
    uv_stop(&server->loop);
  else
    stop_scripts(server);
}

static void begin_end(struct server *server, int close_code, int status) {
  if (server->is_ending) return;
  server->is_ending = true;
  server->status = status;
  drain_stop(&server->drain);
  successor_cancel(server->successor);
  log_event(LOG_INFO, "ending: %zu connections are told to come back",
            registry_connection_count(&server->registry));
  notify_ending(&server->notify);
  net_stop_reading(server->net);
  uint64_t drain = server->config.drain ? server->config.drain : 1;
  server->drain_until = timers_now(&server->timers) + drain;
  timer_start(&server->timers, &server->end, drain);
  scripts_drain(server->scripts, close_code);
}

/* Between turns while the server ends: first the scripts, then the sockets. */
static void go_on_ending(struct server *server) {
  if (!server->is_stopped && scripts_is_idle(server->scripts))
    stop_scripts(server);
  if (server->is_stopped && net_socket_count(server->net) == 0)
    uv_stop(&server->loop);
}

static void on_prepare(uv_prepare_t *prepare) {
  struct server *server = prepare->data;
  turn_begin(&server->turn);
  log_catch_up();
  net_flush(server->net);
  registry_reap(&server->registry);
  if (server->exit_asked) begin_end(server, CLOSE_RESTART, server->status);
  if (server->is_ending) {
    go_on_ending(server);
    net_flush(server->net);
  }
  server->look = timers_look(&server->timers);
  set_alarm(server);
  histogram_add(&server->registry.counters.turns, turn_end(&server->turn));
}

static void terminate(struct server *server, int number) {
  if (server->is_told) {
    log_event(LOG_WARN, "ended at once by a second signal");
    uv_stop(&server->loop);
    return;
  }
  server->is_told = true;
  begin_end(server, number == SIGINT ? CLOSE_SHUTDOWN : CLOSE_RESTART, 0);
}

/* --- reload --- */

/* The certificate does not wait for the scripts. */
static const char *what_goes_on(const struct server *server,
                                bool has_certificate) {
  if (!server->config.has_tls) return "the old scripts go on";
  return has_certificate
             ? "the old scripts go on, but with the certificate read again"
             : "the old scripts go on, with the old certificate";
}

static void reload(void *context) {
  struct server *server = context;
  if (server->is_ending || server->drain.is_begun) return;
  notify_reloading(&server->notify);
  struct project_folder folder;
  bool is_there = project_folder_enter(&folder, server->project);
  bool has_certificate = net_reload_certificate(server->net);
  bool has_scripts = is_there && scripts_load(server->scripts);
  project_folder_leave(&folder, has_scripts);
  if (has_scripts)
    log_event(LOG_INFO, has_certificate
                            ? "reloaded"
                            : "reloaded, but with the old certificate");
  else
    log_event(LOG_ERROR, "not reloaded: %s",
              what_goes_on(server, has_certificate));
  http_client_reconfigured(server->http_client);
  if (has_scripts) net_reconfigured(server->net);
  watch_refresh(server->watch);
  notify_ready(&server->notify,
               has_scripts ? "serving"
                           : "serving with the old scripts: the new ones do "
                             "not load, see the log");
}

/* --- a new process --- */

/* Whoever took over may be gone: then nobody serves after us. */
static void on_drained(void *context) {
  struct server *server = context;
  begin_end(server, CLOSE_RESTART,
            successor_is_lost(server->successor) ? 1 : 0);
}

static void on_replaced(void *context, int process) {
  struct server *server = context;
  notify_replaced(&server->notify, process);
  predecessor_say_replaced(&server->predecessor);
  if (!server->is_ending) drain_start(&server->drain, server->config.drain);
}

static void on_signal(void *context, int number) {
  struct server *server = context;
  if (number == SIGHUP)
    reload(server);
  else if (number == SIGUSR2)
    successor_start(server->successor, server->net);
  else
    terminate(server, number);
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

static void override(struct server *server,
                     const struct server_options *options) {
  if (options->port) scripts_override_port(server->scripts, options->port);
  if (options->log_level >= 0)
    scripts_override_log_level(server->scripts, options->log_level);
}

static bool open_scripts(struct server *server,
                         const struct server_options *options) {
  log_open(options->log_level >= 0 ? (enum log_level)options->log_level
                                   : LOG_INFO,
           LOG_TEXT);
  if (uv_loop_init(&server->loop) != 0) return false;
  timers_open(&server->timers, loop_clock, server);
  server->timers.last_look = loop_clock_last;
  registry_open(&server->registry, &server->config, &server->timers);
  server->scripts = scripts_new(&server->registry, &server->config,
                                &scripts_events, server, NULL);
  if (!server->scripts) return false;
  override(server, options);
  server->http_client = http_client_new(&server->loop, &server->config);
  scripts_use_http_client(server->scripts, server->http_client);
  return server->http_client != NULL;
}

static void start_handles(struct server *server) {
  uv_prepare_init(&server->loop, &server->prepare);
  server->prepare.data = server;
  uv_prepare_start(&server->prepare, on_prepare);
  uv_check_init(&server->loop, &server->check);
  server->check.data = server;
  uv_check_start(&server->check, on_check);
  turn_start(&server->turn, &server->loop);
  uv_timer_init(&server->loop, &server->alarm);
  server->alarm.data = server;
  server->end.on_due = on_end;
  notify_start(&server->notify, &server->loop);
}

static void close_handles(struct server *server) {
  uv_close((uv_handle_t *)&server->prepare, NULL);
  uv_close((uv_handle_t *)&server->check, NULL);
  turn_stop(&server->turn);
  uv_close((uv_handle_t *)&server->alarm, NULL);
  notify_stop(&server->notify);
  signals_stop(&server->signals);
}

static void close_scripts(struct server *server) {
  if (server->scripts) scripts_free(server->scripts);
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
        "this is process 1's server: with its end the container ends";
  server->successor = successor_new(&server->loop, &server->timers, &command,
                                    on_replaced, server);
}

/* We are ready: everything is loaded and listens, and signals are heard. */
static void say_ready(struct server *server) {
  log_event(LOG_INFO, "base %s is ready", BASE_VERSION);
  predecessor_say_ready(&server->predecessor);
  net_own_inherited(server->net);
  notify_ready(&server->notify, "serving");
}

/* libwebsockets chooses to ignore SIGPIPE. */
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

/* The handles come last: a start that fails runs the loop to take itself down,
   and no turn may find it half built. Signals that end us come, as soon as the
   log says that it listens, to a loop that ends in order. */
static bool open_doors(struct server *server,
                       const struct server_options *options) {
  sigset_t ends, before;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, &before);
  bool is_open = start_all(server, options);
  if (is_open) start_handles(server);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return is_open;
}

static void see(void *watch, const char *path, bool is_folder) {
  watch_see(watch, path, is_folder);
}

static void each_seen(void *context, struct watch *watch) {
  scripts_each_seen(((struct server *)context)->scripts, see, watch);
}

static void start_watch(struct server *server) {
  server->watched = (struct watch_source){.project = server->project,
                                          .each_seen = each_seen,
                                          .on_change = reload,
                                          .context = server};
  server->watch = watch_start(&server->loop, &server->watched);
}

static int serve(struct server *server, const struct server_options *options) {
  privileges_forbid_cores();
  server->status = 1;
  if (scripts_load(server->scripts) && !server->exit_asked &&
      open_doors(server, options)) {
    server->status = 0;
    if (options->watches) start_watch(server);
    say_ready(server);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    successor_stop(server->successor);
    drain_stop(&server->drain);
    if (server->watch) watch_stop(server->watch);
    close_handles(server);
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
  if (open_scripts(&server, options)) status = serve(&server, options);
  close_scripts(&server);
  notify_close(&server.notify);
  activation_close(&server.activation);
  predecessor_close(&server.predecessor);
  signals_end();
  if (status == 0) log_event(LOG_INFO, "ended");
  return status;
}

static void tell_mistake(void *context, const char *setting, const char *text) {
  int *mistakes = context;
  fprintf(stderr, "base.lua: '%s': %s\n", setting, text);
  ++*mistakes;
}

static int check_start(const struct config *config) {
  char why[128];
  char text[512];
  int mistakes = 0;
  net_check(config, tell_mistake, &mistakes);
  if (config->user && !privileges_check(config->user, why, sizeof why)) {
    snprintf(text, sizeof text, "cannot become user '%s': %s", config->user,
             why);
    tell_mistake(&mistakes, "user", text);
  }
  return mistakes;
}

/* What is no mistake, and worth knowing. */
static void tell_notes(const struct config *config) {
  if (config->has_origins || !net_is_for_others(config)) return;
  fprintf(stderr, "note: 'origins' is not set: a page may connect whose host "
                  "is the one that its browser asks for, whichever that is; in "
                  "production name yours, origins = { "
                  "\"https://shop.example\" }\n");
}

int server_check(const struct server_options *options) {
  struct server server = {.project = options->project};
  int mistakes = 1;
  if (open_scripts(&server, options)) {
    mistakes = scripts_check(server.scripts, &server.config);
    mistakes += check_start(&server.config);
  }
  if (mistakes == 0) tell_notes(&server.config);
  close_scripts(&server);
  if (mistakes == 0) printf("no mistakes\n");
  return mistakes == 0 ? 0 : 1;
}

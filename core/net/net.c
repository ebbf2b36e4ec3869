#include "net/net.h"

#include "lib/log.h"
#include "model/config.h"
#include "model/exchange.h"
#include "model/message.h"
#include "model/outbox.h"
#include "model/registry.h"
#include "net/http/http.h"
#include "net/listen/inherited.h"
#include "net/listen/listener.h"
#include "net/listen/proxy.h"
#include "net/socket/descriptors.h"
#include "net/socket/output.h"
#include "net/socket/protocol.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/socket/tls.h"
#include "net/socket/transport.h"
#include "net/ws/deflate.h"
#include "net/ws/opening.h"

#include <stdlib.h>
#include <string.h>

enum { TICK = 1000 /* milliseconds */ };

static void on_tick(struct timer *timer) {
  struct net *net = owner_of(timer, struct net, tick);
  timer_start(net->registry->timers, timer, TICK);
  net->seconds++;
  limit_hits_pass(&net->registry->limit_hits, 1);
  list_each(struct socket, socket, &net->sockets, of_net) {
    socket_note_progress(socket);
    socket->protocol->tick(socket);
  }
}

static bool start_parts(struct net *net) {
  net->cork = malloc(NET_CORK_SIZE);
  net->ping = message_new(MESSAGE_PING, NULL, 0);
  net->deflate = deflate_new();
  if (!net->cork || !net->ping || !net->deflate) return false;
  if (net->config->has_tls && !(net->tls = tls_new(net->config))) return false;
  return transport_open(net);
}

struct net *net_new(uv_loop_t *loop, struct registry *registry,
                    const struct config *config,
                    const struct net_events *events, void *context) {
  struct net *net = calloc(1, sizeof *net);
  if (!net) return NULL;
  net->loop = loop;
  net->registry = registry;
  net->config = config;
  net->events = events;
  net->context = context;
  net->first_protocol = &http_protocol;
  net->upgrade = &websocket_upgrade;
  net->seconds = 1;
  address_limit_open(&net->address_limit, registry->seed);
  net->tick.on_due = on_tick;
  if (start_parts(net)) {
    timer_start(registry->timers, &net->tick, TICK);
    return net;
  }
  net_free(net);
  return NULL;
}

static void close_listeners(struct net *net, bool is_api) {
  struct listener *next;
  for (struct listener *each = net->listeners; each; each = next) {
    next = listener_next(each);
    if (listener_is_api(each) == is_api) listener_close(each);
  }
}

static void close_all_listeners(struct net *net) {
  close_listeners(net, false);
  close_listeners(net, true);
}

static bool open_listeners(struct net *net, const struct string_list *places,
                           bool is_api) {
  for (size_t i = 0; i < places->count; i++) {
    if (!listener_open(net, places->items[i], is_api)) return false;
  }
  return true;
}

bool net_listen(struct net *net) {
  if (open_listeners(net, &net->config->listen, false) &&
      open_listeners(net, &net->config->api_listen, true))
    return true;
  close_all_listeners(net);
  return false;
}

void net_inherit(struct net *net, int descriptor, const char *where) {
  (void)inherited_add(&net->inherited, descriptor, where);
}

static void settle_listeners(struct net *net, bool are_ours) {
  for (struct listener *each = net->listeners; each; each = listener_next(each))
    listener_settle(each, are_ours);
}

void net_own_inherited(struct net *net) {
  settle_listeners(net, true);
  inherited_close(&net->inherited, true);
}

bool net_give(const struct net *net, uid_t user, gid_t group) {
  const struct listener *each = net->listeners;
  while (each && listener_give(each, user, group))
    each = listener_next(each);
  return each == NULL;
}

bool net_next_listener(const struct net *net, const struct listener **cursor,
                       int *descriptor, const char **where) {
  do {
    *cursor = *cursor ? listener_next(*cursor) : net->listeners;
    if (!*cursor) return false;
  } while (!listener_may_be_handed_over(*cursor, descriptor, where));
  return true;
}

void net_be_replaced(struct net *net) {
  net->is_replaced = true;
  settle_listeners(net, false);
  close_all_listeners(net);
}

static void answer_exchanges(struct net *net) {
  struct exchange *exchange;
  while ((exchange = exchange_take_answered(net->registry))) {
    struct socket *socket = exchange->socket;
    http_answer(socket->http, exchange);
  }
}

void net_flush(struct net *net) {
  if (net->is_ending) return;
  answer_exchanges(net);
  struct outbox *outbox;
  while ((outbox = outboxes_take(&net->registry->outboxes))) {
    if (outbox->socket) output_flush(outbox->socket);
  }
  /* The end of an answer may have begun another request that is answered
     already. The next turn, which comes at once, writes that answer. */
  const struct exchange *next =
      list_first(&net->registry->answered, struct exchange, answered);
  if (next) {
    transport_ask_turn(next->socket);
  }
}

void net_reconfigured(struct net *net) {
  const struct listener *each;
  descriptors_share(net);
  for (each = net->listeners; each; each = listener_next(each))
    listener_tell_if_lost(each);
}

bool net_reload_certificate(struct net *net) {
  return !net->tls || tls_reload(net->tls, net->config);
}

/* Ends the sockets that wait for a request. One whose request is being answered
   ends after the answer. */
static void end_waiting(struct net *net) {
  list_each(struct socket, socket, &net->sockets, of_net) {
    if (socket->http && socket->state == SOCKET_OPEN && !socket->is_paused &&
        !socket_takes_input(socket))
      socket_end(socket);
  }
}

void net_stop_reading(struct net *net) {
  net->is_stopped = true;
  close_listeners(net, false);
  proxy_stop_all(net);
  end_waiting(net);
}

void net_stop_api(struct net *net) {
  net->is_api_stopped = true;
  close_listeners(net, true);
  end_waiting(net);
}

size_t net_socket_count(const struct net *net) {
  return net->socket_count + net->proxy_count;
}

void net_free(struct net *net) {
  if (!net) return;
  net->is_ending = true;
  close_all_listeners(net);
  inherited_close(&net->inherited, false);
  proxy_stop_all(net);
  timer_stop(net->registry->timers, &net->tick);
  transport_close(net);
  address_limit_close(&net->address_limit);
  tls_free(net->tls);
  message_unref(net->ping);
  deflate_free(net->deflate);
  free(net->cork);
  free(net);
}

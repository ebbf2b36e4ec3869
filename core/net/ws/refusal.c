#include "net/ws/refusal.h"

#include "lib/log.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/message.h"
#include "model/outbox.h"
#include "model/registry.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/ws/websocket.h"

#include <stdlib.h>
#include <sys/random.h>

static bool is_short(const struct registry *registry) {
  return registry->is_short && registry->is_short(registry->context);
}

static bool is_server_full(const struct net *net) {
  uint64_t limit = net->config->limits.connections;
  if (limit == 0 || limit > net->connection_limit) {
    limit = net->connection_limit;
  }
  return registry_connection_count(net->registry) >= limit;
}

bool refusal_is_due(const struct net *net) {
  return is_server_full(net) || is_short(net->registry);
}

/* A random time of 1 to 10 seconds, so that refused clients do not all come
   back at once. */
static struct message *reconnect_message(void) {
  uint32_t random = 0;
  (void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
  return close_reconnect_message(1000 + random % 9001);
}

static bool push_refusal(struct outbox *outbox, struct message *message) {
  bool is_pushed = message && outbox_push(outbox, message);
  message_unref(message);
  return is_pushed;
}

/* Queues what the client is told, after the answer. */
static bool push_words(struct outbox *outbox, enum refusal why) {
  if (why == REFUSAL_ADDRESS)
    return push_refusal(
        outbox,
        close_message(CLOSE_TOO_MANY, "too many connections of this address"));
  return push_refusal(outbox, reconnect_message()) &&
         push_refusal(outbox,
                      close_message(CLOSE_TRY_LATER, "full: try again later"));
}

static void log_refused_websocket(const struct socket *socket,
                                  enum refusal why) {
  char address[ADDRESS_TEXT_SIZE];
  if (!log_takes(LOG_DEBUG)) return;
  address_print(&socket->peer.address, address);
  log_event(LOG_DEBUG, "refused a WebSocket of %s: %s", address,
            why == REFUSAL_ADDRESS ? "limits.connections_per_address"
                                   : "limits.connections, or out of memory");
}

static void count_refusal(struct socket *socket, enum refusal why) {
  struct registry *registry = socket->net->registry;
  registry->counters.refused++;
  log_refused_websocket(socket, why);
  /* net/peer/client.c logs refusals of an address, and the scripts log shortage
     of memory. */
  if (why == REFUSAL_ADDRESS || !is_server_full(socket->net) ||
      !limit_hit_add(&registry->limit_hits, LIMIT_HIT_CONNECTIONS))
    return;
  log_event(LOG_WARN,
            "full: %zu connections are open; new ones are refused until some "
            "close (limits.connections, or the limit of descriptors)",
            registry_connection_count(registry));
}

bool refusal_open(struct socket *socket, struct message *answer,
                  enum refusal why) {
  struct outbox *outbox = malloc(sizeof *outbox);
  if (!outbox) return false;
  outbox_open(outbox, &socket->net->registry->outboxes);
  if (!push_refusal(outbox, message_ref(answer)) || !push_words(outbox, why)) {
    outbox_close(outbox);
    free(outbox);
    return false;
  }
  outbox->socket = socket;
  socket->outbox = outbox;
  socket->is_refused = true;
  socket->protocol = &websocket_protocol;
  socket_set_visit(socket, VISIT_LEAVING);
  socket_set_deadline(socket, 0);
  count_refusal(socket, why);
  return true;
}

void refusal_close(struct socket *socket) {
  if (!socket->is_refused) return;
  outbox_close(socket->outbox);
  free(socket->outbox);
  socket->outbox = NULL;
  socket->is_refused = false;
}

#include "net/refusal.h"

#include "model/clock.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/log.h"
#include "model/message.h"
#include "model/outbox.h"
#include "model/registry.h"
#include "net/net_internal.h"
#include "net/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char full[] = "full: try again later";

static bool is_short(const struct registry *registry) {
  return registry->is_short && registry->is_short(registry->context);
}

static bool is_full(const struct net *net) {
  uint64_t limit = net->config->limits.connections;
  if (limit == 0 || limit > net->connection_limit) {
    limit = net->connection_limit;
  }
  return registry_connection_count(net->registry) >= limit;
}

bool refusal_is_due(const struct net *net) {
  return is_full(net) || is_short(net->registry);
}

static void log_once_a_minute(struct net *net) {
  uint64_t now = clock_monotonic();
  if (!is_full(net)) return; /* who counts the memory says so */
  if (net->told_of_fullness != 0 && now - net->told_of_fullness < 60000) return;
  net->told_of_fullness = now;
  log_event(LOG_WARN,
            "full: %zu connections are open; new ones are sent away until "
            "some leave (limits.connections, or the limit of descriptors)",
            registry_connection_count(net->registry));
}

/* 1 to 10 seconds, so that those who were sent away do not come back at
   once. */
static struct message *reconnect_message(void) {
  uint32_t random = 0;
  (void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
  unsigned after = 1000 + random % 9001;
  char text[64];
  int size = snprintf(text, sizeof text, "[\"reconnect\",{\"after\":%u.%03u}]",
                      after / 1000, after % 1000);
  return message_new(MESSAGE_TEXT, text, (size_t)size);
}

static struct message *close_message(void) {
  char bytes[2 + sizeof full - 1];
  bytes[0] = (char)(CLOSE_TRY_LATER >> 8);
  bytes[1] = (char)(CLOSE_TRY_LATER & 0xff);
  memcpy(bytes + 2, full, sizeof full - 1);
  return message_new(MESSAGE_CLOSE, bytes, sizeof bytes);
}

static bool push(struct outbox *outbox, struct message *message) {
  bool is_pushed = message && outbox_push(outbox, message);
  message_unref(message);
  return is_pushed;
}

bool refusal_open(struct socket *socket, struct message *answer) {
  struct outbox *outbox = malloc(sizeof *outbox);
  if (!outbox) return false;
  outbox_open(outbox, &socket->net->registry->outboxes);
  if (!push(outbox, message_ref(answer)) ||
      !push(outbox, reconnect_message()) || !push(outbox, close_message())) {
    outbox_close(outbox);
    free(outbox);
    return false;
  }
  outbox->socket = socket;
  socket->outbox = outbox;
  socket->is_refused = true;
  socket->state = SOCKET_WEBSOCKET;
  socket_set_deadline(socket, 0);
  socket->net->registry->counters.refused++;
  log_once_a_minute(socket->net);
  return true;
}

void refusal_close(struct socket *socket) {
  if (!socket->is_refused) return;
  outbox_close(socket->outbox);
  free(socket->outbox);
  socket->outbox = NULL;
  socket->is_refused = false;
}

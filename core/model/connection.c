#include "model/connection.h"

#include "lib/clock.h"
#include "lib/map.h"
#include "model/config.h"
#include "model/connection_log.h"
#include "model/head.h"
#include "model/membership.h"
#include "model/registry.h"
#include "model/user.h"

#include <stdlib.h>

struct connection *connection_open(struct registry *registry,
                                   struct head *head) {
  struct connection *connection = calloc(1, sizeof *connection);
  if (!connection) {
    free(head);
    return NULL;
  }
  connection->id = registry->next_id++;
  connection->registry = registry;
  connection->head = head;
  connection->opened_at = clock_unix();
  connection->output.kind = KEPT_OUT;
  outbox_open(&connection->outbox, &registry->outboxes);
  if (!map_add(&registry->connections, map_hash_id(connection->id),
               connection)) {
    free(head);
    free(connection);
    return NULL;
  }
  return connection;
}

struct connection *connection_find(const struct registry *registry,
                                   uint64_t id) {
  return map_find(&registry->connections, map_hash_id(id), NULL);
}

/* Counts what waits already, without the new message. So a reader that keeps up
   can be sent a message of any size. */
static uint64_t count_waiting(const struct connection *connection) {
  const struct outbox *outbox = &connection->outbox;
  uint64_t waiting = outbox->bytes + outbox->unsent;
  return outbox->unsent == 0 ? waiting - outbox->fresh : waiting;
}

static bool is_outbox_full(const struct connection *connection) {
  uint64_t limit = connection->registry->config->limits.queue_size;
  uint64_t waiting = count_waiting(connection);
  if (waiting == 0) return false;
  return (limit != 0 && waiting >= limit) || quota_is_slow(connection);
}

/* The limit that was exceeded, for the log. */
static const char *exceeded_limit(const struct connection *connection) {
  return quota_is_slow(connection)
             ? "limits.queue_size, counted over its user or address"
             : "limits.queue_size";
}

void connection_charge_output(struct connection *connection) {
  uint64_t bytes = connection->outbox.own + connection->outbox.unsent;
  if (bytes != connection->output.bytes)
    charge_connection(&connection->output, connection, bytes);
}

static void drop_message(struct connection *connection) {
  struct registry *registry = connection->registry;
  registry->counters.dropped++;
  if (connection->is_told_slow) return;
  connection->is_told_slow = true;
  if (limit_hit_add(&registry->limit_hits, LIMIT_HIT_QUEUE_SIZE)) {
    connection_log(LOG_WARN, connection,
                   "reads too slowly: messages that do not fit into %s "
                   "are dropped (limits.on_slow)",
                   exceeded_limit(connection));
  }
}

static void close_slow_reader(struct connection *connection) {
  if (limit_hit_add(&connection->registry->limit_hits, LIMIT_HIT_QUEUE_SIZE)) {
    connection_log(LOG_WARN, connection,
                   "closed with 4008: reads too slowly (%s)",
                   exceeded_limit(connection));
  }
  outbox_drop_unwritten(&connection->outbox);
  connection_charge_output(connection);
  connection_close(connection, CLOSE_SLOW_READER, "reads too slowly");
}

bool connection_send(struct connection *connection, struct message *message) {
  if (connection->state != CONNECTION_OPEN) return false;
  if (message->answers == connection->awaited) connection->awaited = 0;
  if (is_outbox_full(connection)) {
    if (connection->registry->config->limits.on_slow == SLOW_DROP &&
        !message->is_promised)
      drop_message(connection);
    else
      close_slow_reader(connection);
    return false;
  }
  if (!outbox_push(&connection->outbox, message)) {
    connection_close(connection, CLOSE_FAILED, "out of memory");
    return false;
  }
  connection->registry->counters.messages_out++;
  return true;
}

void connection_close(struct connection *connection, int code,
                      const char *reason) {
  if (connection->state != CONNECTION_OPEN) return;
  connection->state = CONNECTION_CLOSING;
  connection->close_code = (uint16_t)code;
  struct message *message = close_message(code, reason);
  if (message) (void)outbox_push(&connection->outbox, message);
  message_unref(message);
  /* Marked even when memory ran out, so that net sees the new state. */
  outbox_mark(&connection->outbox);
}

void connection_closed(struct connection *connection) {
  if (connection->state == CONNECTION_CLOSED) return;
  struct registry *registry = connection->registry;
  connection_leave_channels(connection, LEAVING_LOST);
  user_leave(connection);
  charge_end(&connection->output);
  outbox_close(&connection->outbox);
  map_remove(&registry->connections, map_hash_id(connection->id), connection);
  connection->state = CONNECTION_CLOSED;
  connection->next_dead = registry->dead;
  registry->dead = connection;
}

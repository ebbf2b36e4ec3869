#include "model/registry.h"

#include "lib/clock.h"
#include "lib/timers.h"
#include "model/connection.h"
#include "model/exchange.h"
#include "model/membership.h"
#include "model/user.h"
#include "model/user_channel.h"

#include <stdlib.h>
#include <sys/random.h>

/* The key of the users' map is a struct text. */
static bool is_user_with_id(const void *value, const void *key) {
  const struct user *user = value;
  const struct text *id = key;
  return text_equals(user_id_text(user), *id);
}

/* Random, so that nobody can choose ids that collide. */
static uint64_t random_seed(void) {
  uint64_t seed;
  if (getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed) return seed;
  return map_hash_id(clock_monotonic() ^ (uint64_t)(uintptr_t)&is_user_with_id);
}

void registry_open(struct registry *registry, const struct config *config,
                   struct timers *timers) {
  *registry = (struct registry){.config = config, .timers = timers};
  registry->users.has_key = is_user_with_id;
  registry->next_id = (uint64_t)(clock_unix() * 1000) * 1024;
  registry->seed = random_seed();
  quotas_open(&registry->quotas, registry->seed);
  channels_open(registry);
}

static void connection_free(struct connection *connection) {
  outbox_close(&connection->outbox);
  charge_end(&connection->output);
  quota_unref(connection->quota);
  memberships_free(connection);
  free(connection->head);
  free(connection);
}

void registry_reap(struct registry *registry) {
  while (registry->dead) {
    struct connection *connection = registry->dead;
    registry->dead = connection->next_dead;
    connection_free(connection);
  }
}

void registry_close(struct registry *registry) {
  size_t cursor = 0;
  channels_close(registry);
  struct connection *connection;
  while ((connection = registry_next_connection(registry, &cursor))) {
    connection_free(connection);
  }
  cursor = 0;
  struct user *user;
  while ((user = registry_next_user(registry, &cursor))) {
    timer_stop(registry->timers, &user->offline);
    quota_unref(user->quota);
    user_channels_free(user);
    free(user);
  }
  /* Closing an exchange removes it from the map, so every walk begins anew. */
  struct exchange *exchange;
  while (cursor = 0, (exchange = map_next(&registry->exchanges, &cursor))) {
    exchange_close(exchange);
  }
  registry_reap(registry);
  map_close(&registry->connections);
  map_close(&registry->users);
  map_close(&registry->exchanges);
  quotas_close(&registry->quotas);
  outboxes_close(&registry->outboxes);
}

size_t registry_connection_count(const struct registry *registry) {
  return registry->connections.count;
}

size_t registry_user_count(const struct registry *registry) {
  return registry->users.count;
}

struct connection *registry_next_connection(const struct registry *registry,
                                            size_t *cursor) {
  return map_next(&registry->connections, cursor);
}

struct user *registry_next_user(const struct registry *registry,
                                size_t *cursor) {
  return map_next(&registry->users, cursor);
}

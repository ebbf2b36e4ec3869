#include "model/user.h"

#include "lib/map.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/membership.h"
#include "model/registry.h"
#include "model/user_channel.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const struct registry *registry, struct text id) {
  return map_hash_bytes(id.bytes, id.size, registry->seed);
}

struct user *user_find(const struct registry *registry, struct text id) {
  return map_find(&registry->users, hash_of(registry, id), &id);
}

/* The grace is over. From inside on_offline the user cannot be found any more;
   a user who comes back there is a new one. */
static void on_offline_due(struct timer *timer) {
  struct user *user = owner_of(timer, struct user, offline);
  struct registry *registry = user->registry;
  if (!list_is_empty(&user->connections)) return;
  struct text id = user_id_text(user);
  map_remove(&registry->users, hash_of(registry, id), user);
  if (registry->on_offline) registry->on_offline(registry->context, user);
  list_remove(&user->left);
  quota_unref(user->quota);
  user_channels_free(user);
  free(user);
}

struct user *user_add(struct registry *registry, struct text id,
                      bool is_integer) {
  assert(id.size >= 1 && id.size <= USER_ID_MAX);
  struct user *user = calloc(1, sizeof *user + id.size + 1);
  if (!user) return NULL;
  user->registry = registry;
  user->offline.on_due = on_offline_due;
  user->is_integer = is_integer;
  user->id_size = (uint8_t)id.size;
  memcpy(user->id, id.bytes, id.size);
  if (!map_add(&registry->users, hash_of(registry, id), user)) {
    free(user);
    return NULL;
  }
  return user;
}

static uint64_t count_open(const struct user *user) {
  uint64_t count = 0;
  list_each(const struct connection, each, &user->connections, of_user)
    count += each->state == CONNECTION_OPEN;
  return count;
}

/* The open connection that joined first. The newest one is the first of the
   list. */
static struct connection *find_oldest(const struct user *user) {
  struct connection *oldest = NULL;
  list_each(struct connection, each, &user->connections, of_user) {
    if (each->state == CONNECTION_OPEN) oldest = each;
  }
  return oldest;
}

static void close_as_surplus(struct connection *connection,
                             const struct user *user, uint64_t count) {
  if (limit_hit_add(&user->registry->limit_hits, LIMIT_HIT_PER_USER)) {
    connection_log(LOG_INFO, connection,
                   "closed with 4009: user %s has %" PRIu64
                   " connections already (limits.connections_per_user)",
                   user->id, count);
  }
  connection_close(connection, CLOSE_TOO_MANY,
                   "too many connections of this user");
}

bool user_make_room(struct user *user, struct connection *newcomer) {
  const struct limits *limits = &user->registry->config->limits;
  uint64_t most = limits->connections_per_user;
  if (most == 0 || newcomer->user == user) return true;
  uint64_t count = count_open(user);
  if (count >= most && limits->on_exceed == EXCEED_REJECT) {
    close_as_surplus(newcomer, user, count);
    return false;
  }
  for (; count >= most; count--)
    close_as_surplus(find_oldest(user), user, count);
  return true;
}

void user_join(struct user *user, struct connection *connection) {
  if (connection->user == user) return;
  user_leave(connection);
  timer_stop(user->registry->timers, &user->offline);
  connection->user = user;
  list_prepend(&user->connections, &connection->of_user);
  user->connection_count++;
  connection_join_user(connection);
}

void user_leave(struct connection *connection) {
  struct user *user = connection->user;
  if (!user) return;
  connection_leave_channels(connection, LEAVING_LOST);
  list_remove(&connection->of_user);
  connection->user = NULL;
  user->connection_count--;
  if (!list_is_empty(&user->connections)) return;
  struct registry *registry = user->registry;
  if (registry->notes_left && !list_has_link(&user->left))
    list_append(&registry->left, &user->left);
  if (!user->is_elsewhere)
    user_expire_in(user, registry->config->offline_after);
}

/* The timer ends the user, so that on_offline is only called from the loop. */
void user_expire_in(struct user *user, uint64_t milliseconds) {
  timer_start(user->registry->timers, &user->offline, milliseconds);
}

uint32_t user_send(struct user *user, struct message *message) {
  uint32_t count = 0;
  if (!user) return 0;
  list_each(struct connection, each, &user->connections, of_user)
    count += connection_send(each, message);
  return count;
}

uint32_t user_close(struct user *user, int code, const char *reason) {
  uint32_t count = 0;
  if (!user) return 0;
  list_each(struct connection, each, &user->connections, of_user) {
    count += each->state == CONNECTION_OPEN;
    connection_close(each, code, reason);
  }
  return count;
}

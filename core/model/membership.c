#include "model/membership.h"

#include "lib/owner.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/message.h"
#include "model/presence.h"
#include "model/registry.h"
#include "model/user.h"

#include <stdlib.h>
#include <string.h>

struct membership *membership_find(const struct connection *connection,
                                   const struct channel *channel) {
  for (uint32_t i = 0; i < connection->membership_count; i++) {
    if (connection->memberships[i].channel == channel)
      return &connection->memberships[i];
  }
  return NULL;
}

/* --- the two lists --- */

static uint32_t next_capacity(uint32_t capacity) {
  if (capacity < 4) return capacity + 1;
  return capacity + capacity / (capacity < 64 ? 2 : 4);
}

/* Makes room for one more item; returns the list, or NULL. The first item has
   its place in `first`, unless that is NULL: most lists have no more. */
static void *make_room(void *list, void *first, size_t item, uint32_t count,
                       uint32_t *capacity) {
  if (count < *capacity) return list;
  uint32_t more = next_capacity(*capacity);
  if (first && more == 1) {
    *capacity = more;
    return first;
  }
  bool is_first = first && list == first;
  void *grown = realloc(is_first ? NULL : list, more * item);
  if (!grown) return NULL;
  if (is_first) memcpy(grown, first, item);
  *capacity = more;
  return grown;
}

void seats_free(struct channel *channel) {
  if (channel->seats != &channel->first_seat) free(channel->seats);
  channel->seats = NULL;
  channel->seat_count = channel->seat_capacity = 0;
}

void memberships_free(struct connection *connection) {
  if (connection->memberships != &connection->first_membership)
    free(connection->memberships);
  connection->memberships = NULL;
  connection->membership_count = connection->membership_capacity = 0;
}

static bool add_seat(struct channel *channel, struct connection *connection) {
  struct seat *seats =
      make_room(channel->seats, &channel->first_seat, sizeof *seats,
                channel->seat_count, &channel->seat_capacity);
  if (!seats) return false;
  channel->seats = seats;
  struct membership *memberships =
      make_room(connection->memberships, &connection->first_membership,
                sizeof *memberships, connection->membership_count,
                &connection->membership_capacity);
  if (!memberships) return false;
  connection->memberships = memberships;
  memberships[connection->membership_count] =
      (struct membership){channel, channel->seat_count};
  seats[channel->seat_count++] = (struct seat){
      .connection = connection, .place = connection->membership_count++};
  channel->registry->channels.seats++;
  channel->registry->channels.joined++;
  return true;
}

/* Both lists are closed with their last item, which is told its new place. */
static void remove_seat(struct connection *connection, uint32_t place) {
  struct membership *membership = &connection->memberships[place];
  struct channel *channel = membership->channel;
  uint32_t freed = membership->seat;
  channel->registry->channels.seats--;
  struct seat *last = &channel->seats[--channel->seat_count];
  channel->seats[freed] = *last;
  last->connection->memberships[last->place].seat = freed;
  struct membership *moved =
      &connection->memberships[--connection->membership_count];
  *membership = *moved;
  if (moved != membership)
    membership->channel->seats[membership->seat].place = place;
  if (channel->seat_count == 0) {
    seats_free(channel);
  }
}

/* --- joins that wait for the bus --- */

/* What may come while a join waits. */
enum { HELD_BYTES = 1 << 20, HELD_COUNT = 4096 };

static struct seat *find_seat(const struct joining *joining) {
  if (!joining->channel) return NULL;
  const struct registry *registry = joining->channel->registry;
  struct connection *connection =
      connection_find(registry, joining->connection);
  struct membership *membership =
      connection ? membership_find(connection, joining->channel) : NULL;
  return membership ? &joining->channel->seats[membership->seat] : NULL;
}

bool membership_is_joining(const struct connection *connection,
                           const struct channel *channel) {
  const struct membership *membership = membership_find(connection, channel);
  return membership && channel->seats[membership->seat].is_joining;
}

/* --- the map of them --- */

struct joining_key {
  const struct channel *channel;
  uint64_t connection;
};

static bool is_joining_with_key(const void *value, const void *key) {
  const struct joining *joining = value;
  const struct joining_key *wanted = key;
  return joining->channel == wanted->channel &&
         joining->connection == wanted->connection;
}

void joinings_open(struct map *joinings) {
  joinings->has_key = is_joining_with_key;
}

static uint64_t hash_of(const struct channel *channel, uint64_t connection) {
  return map_hash_id(connection) ^ map_hash_id((uint64_t)(uintptr_t)channel);
}

struct joining *joining_find(const struct channel *channel,
                             uint64_t connection) {
  struct joining_key key = {channel, connection};
  return map_find(&channel->registry->channels.joinings,
                  hash_of(channel, connection), &key);
}

bool joining_begin(struct joining *joining, struct channel *channel,
                   struct connection *connection) {
  *joining = (struct joining){.channel = channel, .connection = connection->id};
  if (!map_add(&channel->registry->channels.joinings,
               hash_of(channel, connection->id), joining))
    return false;
  struct seat *seat = find_seat(joining);
  if (seat) seat->is_joining = true;
  return true;
}

static void hold(struct joining *joining, struct message *message,
                 uint64_t position) {
  struct held *held = make_room(joining->held, NULL, sizeof *held,
                                joining->count, &joining->capacity);
  if (held) joining->held = held;
  joining->bytes += message->size;
  if (!held || joining->bytes > HELD_BYTES || joining->count == HELD_COUNT)
    joining->has_failed = true;
  if (joining->has_failed) return;
  held[joining->count++] = (struct held){message_ref(message), position};
}

void joining_hold(struct channel *channel, uint64_t connection,
                  struct message *message, uint64_t position) {
  struct joining *joining = joining_find(channel, connection);
  if (joining) hold(joining, message, position);
}

void joining_end(struct joining *joining) {
  struct channel *channel = joining->channel;
  if (channel) {
    map_remove(&channel->registry->channels.joinings,
               hash_of(channel, joining->connection), joining);
    joining->channel = NULL;
  }
  for (uint32_t i = 0; i < joining->count; i++)
    message_unref(joining->held[i].message);
  free(joining->held);
  joining->held = NULL;
  joining->count = joining->capacity = 0;
}

/* The connection leaves while its join waits. */
static void joining_abandon(struct channel *channel,
                            const struct connection *connection) {
  struct joining *joining = joining_find(channel, connection->id);
  if (joining) joining_end(joining);
}

void joining_finish(struct joining *joining, struct connection *connection,
                    uint64_t first, uint64_t last) {
  struct seat *seat = find_seat(joining);
  if (seat) seat->is_joining = false;
  for (uint32_t i = 0; i < joining->count; i++) {
    const struct held *held = &joining->held[i];
    if (held->position == 0 || held->position < first || held->position > last)
      connection_send(connection, held->message);
  }
  joining_end(joining);
}

/* --- joining and leaving --- */

static void tell_guests(struct channel *channel) {
  const struct channels *channels = &channel->registry->channels;
  if (!channel->presence) return;
  channels->events->guests(channels->bus, channel);
  channel_mark(channel);
}

static bool take_part(struct channel *channel, struct connection *connection,
                      struct text info, bool is_new) {
  if (!connection->user) {
    channel->guests += is_new;
    if (is_new) tell_guests(channel);
    return true;
  }
  if (!channel->presence) return true;
  if (!info.bytes) /* it keeps the info that it has */
    return !is_new ||
           presence_log_in(channel->presence, user_id_text(connection->user));
  return presence_join(channel->presence, user_id_text(connection->user), info,
                       is_new);
}

static bool needs_presence(const struct channel *channel) {
  return channel->rule && channel->rule->presence != PRESENCE_NONE &&
         !channel->presence;
}

static void note_limit(struct connection *connection) {
  if (limit_hit_add(&connection->registry->limit_hits, LIMIT_HIT_CHANNELS))
    connection_log(LOG_WARN, connection,
                   "may join no more channels (limits.channels)");
}

enum join_result channel_join(struct channel *channel,
                              struct connection *connection, struct text info) {
  const struct registry *registry = channel->registry;
  const struct channels *channels = &registry->channels;
  uint64_t most = registry->config->limits.channels;
  bool is_new = !membership_find(connection, channel);
  if (is_new && most > 0 && connection->membership_count >= most) {
    note_limit(connection);
    return JOIN_LIMIT;
  }
  if (needs_presence(channel) && !presence_start(channel))
    return JOIN_NO_MEMORY;
  if (is_new && !add_seat(channel, connection)) return JOIN_NO_MEMORY;
  channel_end_vacancy(channel);
  if (!channel->is_subscribed) {
    channel->is_subscribed = true;
    channels->events->subscribed(channels->bus, channel);
  }
  if (take_part(channel, connection, info, is_new)) return JOIN_DONE;
  if (is_new) remove_seat(connection, connection->membership_count - 1);
  channel_mark(channel);
  return JOIN_NO_MEMORY;
}

static void leave_place(struct connection *connection, uint32_t place,
                        enum leaving how) {
  struct channel *channel = connection->memberships[place].channel;
  const struct registry *registry = channel->registry;
  bool is_lost = how == LEAVING_LOST;
  if (channel->seats[connection->memberships[place].seat].is_joining)
    joining_abandon(channel, connection);
  remove_seat(connection, place);
  if (is_lost) {
    channel->lost_until =
        timers_last_look(registry->timers) + registry->config->offline_after;
  }
  if (!connection->user) {
    channel->guests--;
    tell_guests(channel);
  } else if (channel->presence) {
    presence_leave(channel->presence, user_id_text(connection->user), is_lost);
  }
  if (channel->seat_count == 0) channel_mark(channel);
}

bool channel_leave(struct channel *channel, struct connection *connection,
                   enum leaving how) {
  struct membership *membership = membership_find(connection, channel);
  if (!membership) return false;
  leave_place(connection, (uint32_t)(membership - connection->memberships),
              how);
  return true;
}

void connection_leave_channels(struct connection *connection,
                               enum leaving how) {
  while (connection->membership_count > 0)
    leave_place(connection, connection->membership_count - 1, how);
  memberships_free(connection);
}

void connection_join_user(struct connection *connection) {
  for (uint32_t i = 0; i < connection->membership_count; i++) {
    struct channel *channel = connection->memberships[i].channel;
    channel->guests--;
    tell_guests(channel);
    if (channel->presence)
      (void)presence_log_in(channel->presence, user_id_text(connection->user));
  }
}

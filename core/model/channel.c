#include "model/channel.h"

#include "lib/buffer.h"
#include "lib/json.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/membership.h"
#include "model/message.h"
#include "model/presence.h"
#include "model/registry.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- all channels --- */

static bool is_channel_with_name(const void *value, const void *key) {
  const struct text *name = key;
  return text_equals(channel_name(value), *name);
}

static void on_rest(struct timer *timer) {
  (void)timer; /* the loop's turn ends with a flush */
}

void channels_open(struct registry *registry) {
  registry->channels.rest.on_due = on_rest;
  registry->channels.by_name.has_key = is_channel_with_name;
  registry->channels.histories.timers = registry->timers;
  joinings_open(&registry->channels.joinings);
}

static uint64_t hash_of(const struct registry *registry, struct text name) {
  return map_hash_bytes(name.bytes, name.size, registry->seed);
}

struct channel *channel_find(const struct registry *registry,
                             struct text name) {
  return map_find(&registry->channels.by_name, hash_of(registry, name), &name);
}

struct channel *channels_next(const struct registry *registry, size_t *cursor) {
  return map_next(&registry->channels.by_name, cursor);
}

struct text channel_name(const struct channel *channel) {
  return (struct text){channel->name, channel->name_size};
}

/* --- one channel --- */

/* The channel is empty, and whoever was lost may come back. Most channels never
   are, so they do without its timer. */
struct vacancy {
  struct timer timer;
  struct channel *channel;
};

void channel_end_vacancy(struct channel *channel) {
  if (!channel->vacancy) return;
  timer_stop(channel->registry->timers, &channel->vacancy->timer);
  free(channel->vacancy);
  channel->vacancy = NULL;
}

static void on_vacant(struct timer *timer) {
  struct channel *channel = owner_of(timer, struct vacancy, timer)->channel;
  channel_end_vacancy(channel);
  channel_mark(channel);
}

static bool begin_vacancy(struct channel *channel, uint64_t time) {
  struct vacancy *vacancy = calloc(1, sizeof *vacancy);
  if (!vacancy) return false;
  *vacancy = (struct vacancy){.timer.on_due = on_vacant, .channel = channel};
  channel->vacancy = vacancy;
  timer_start(channel->registry->timers, &vacancy->timer, time);
  return true;
}

struct channel *channel_open(struct registry *registry, struct text name) {
  struct channel *channel = channel_find(registry, name);
  if (channel) return channel;
  assert(channel_name_is_valid(name));
  channel = calloc(1, sizeof *channel + name.size + 1);
  if (!channel) return NULL;
  channel->registry = registry;
  channel->rule = channel_rules_find(&registry->config->channels, name);
  channel->name_size = (uint8_t)name.size;
  memcpy(channel->name, name.bytes, name.size);
  if (!map_add(&registry->channels.by_name, hash_of(registry, name), channel)) {
    free(channel);
    return NULL;
  }
  channel_mark(channel); /* if nobody joins, the next flush frees it */
  return channel;
}

static void channel_free(struct channel *channel) {
  list_remove(&channel->changed);
  channel_end_vacancy(channel);
  presence_stop(channel);
  history_free(channel->history);
  seats_free(channel);
  free(channel);
}

void channel_mark(struct channel *channel) {
  if (!list_has_link(&channel->changed))
    list_append(&channel->registry->channels.changed, &channel->changed);
}

void channels_close(struct registry *registry) {
  struct channels *channels = &registry->channels;
  size_t cursor = 0;
  struct channel *channel;
  while ((channel = channels_next(registry, &cursor)))
    channel_free(channel);
  timer_stop(registry->timers, &channels->rest);
  map_close(&channels->by_name);
  map_close(&channels->joinings);
}

/* --- who is in it --- */

bool channel_is_used(const struct channel *channel) {
  return channel->seat_count > 0 || channel->vacancy ||
         (channel->presence && presence_is_waiting(channel->presence));
}

/* The bus is told at once when the first has come, but only at the end of the
   turn, or later, that the last has gone: who loads a page again is back by
   then. */
static void watch_vacancy(struct channel *channel) {
  const struct channels *channels = &channel->registry->channels;
  uint64_t now = timers_last_look(channel->registry->timers);
  if (!channel->is_subscribed || channel_is_used(channel)) return;
  if (channel->lost_until > now &&
      begin_vacancy(channel, channel->lost_until - now))
    return;
  channel->is_subscribed = false;
  channels->events->unsubscribed(channels->bus, channel);
}

void channel_note_occupied(struct channel *channel, bool is_occupied) {
  bool is_last = channel->is_occupied ^ (channel->transitions & 1);
  if (is_last == is_occupied) return;
  channel->transitions++;
  channel_mark(channel);
}

void channel_end_hook(struct channel *channel) {
  channel->has_hook = false;
  channel->transitions &= 1;
  channel_mark(channel);
}

static void tell_occupied(struct channel *channel) {
  const struct channels *channels = &channel->registry->channels;
  while (channel->transitions > 0 && !channel->has_hook) {
    channel->transitions--;
    channel->is_occupied = !channel->is_occupied;
    if (channels->on_occupied)
      channels->on_occupied(channels->context, channel, channel->is_occupied);
  }
}

static void flush_channel(struct channel *channel) {
  struct registry *registry = channel->registry;
  watch_vacancy(channel);
  list_remove(&channel->changed); /* that has marked it again */
  if (channel->presence) presence_flush(channel->presence);
  tell_occupied(channel);
  if (list_has_link(&channel->changed)) return; /* a hook has used it */
  if (channel->is_subscribed || channel_is_used(channel)) return;
  if (channel->has_hook) return;
  if (channel->is_occupied) return; /* the bus has yet to say that it is not */
  if (channel->history && channel->history->count > 0) return;
  map_remove(&registry->channels.by_name,
             hash_of(registry, channel_name(channel)), channel);
  channel_free(channel);
}

/* What the hooks change waits for the next turn: they might go on for ever. */
void channels_flush(struct registry *registry) {
  struct channels *channels = &registry->channels;
  size_t count = 0;
  list_each(const struct channel, each, &channels->changed, changed)
    count++;
  for (; count > 0; count--)
    flush_channel(list_take_first(&channels->changed, struct channel, changed));
  if (!list_is_empty(&channels->changed))
    timer_start(registry->timers, &channels->rest, 0);
}

static void use_rule(struct channel *channel) {
  const struct channel_rule *rule = channel_rules_find(
      &channel->registry->config->channels, channel_name(channel));
  enum presence_kind kind = rule ? rule->presence : PRESENCE_NONE;
  channel->rule = rule;
  if (kind == PRESENCE_NONE)
    presence_stop(channel);
  else if (!channel->presence && channel->seat_count > 0)
    (void)presence_start(channel);
  if (channel->history && rule && rule->history_size > 0) {
    history_limit(channel->history, (uint32_t)rule->history_size,
                  rule->history_time);
  } else {
    history_free(channel->history);
    channel->history = NULL;
  }
  channel_mark(channel);
}

void channels_use_rules(struct registry *registry) {
  size_t cursor = 0;
  struct channel *channel;
  while ((channel = channels_next(registry, &cursor)))
    use_rule(channel);
}

/* --- messages --- */

/* Whether it is one of Base's own: its command begins with $. */
static bool is_own(struct text message) {
  return message.size > 1 && message.bytes[1] == '$';
}

struct message *channel_message(struct text message, struct text name,
                                uint64_t position) {
  static const char between[] = ",null,";
  struct buffer tail = {0};
  buffer_append(&tail, between, sizeof between - 1);
  json_print_string(&tail, name.bytes, name.size);
  if (position > 0) buffer_print(&tail, ",%" PRIu64, position);
  buffer_append(&tail, "]", 1);
  struct message *made = NULL;
  if (!tail.failed)
    made = message_new(MESSAGE_TEXT, NULL, 1 + message.size + tail.size);
  if (made) {
    made->bytes[0] = '[';
    memcpy(made->bytes + 1, message.bytes, message.size);
    memcpy(made->bytes + 1 + message.size, tail.bytes, tail.size);
    made->is_promised = position > 0 || is_own(message);
  }
  buffer_free(&tail);
  return made;
}

uint32_t channel_deliver(struct channel *channel, struct message *message,
                         uint64_t position, uint64_t except) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < channel->seat_count; i++) {
    const struct seat *seat = &channel->seats[i];
    if (seat->connection->id == except) continue;
    if (seat->is_joining)
      joining_hold(channel, seat->connection->id, message, position);
    else
      count += connection_send(seat->connection, message);
  }
  return count;
}

void channel_tell(struct channel *channel, struct message *message,
                  uint64_t except) {
  for (uint32_t i = 0; i < channel->seat_count; i++) {
    const struct seat *seat = &channel->seats[i];
    if (seat->connection->id != except && !seat->is_joining)
      connection_send(seat->connection, message);
  }
}

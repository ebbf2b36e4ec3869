#include "bus/memory.h"

#include "bus/bus.h"
#include "lib/log.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/epoch.h"
#include "model/history.h"
#include "model/message.h"
#include "model/presence.h"
#include "model/registry.h"
#include "model/user.h"

#include <stdlib.h>

static const char NO_MEMORY[] = "memory";

static void answer(struct bus_call *call, const struct bus_answer *answer) {
  call->on_answer(call, answer);
}

/* --- events of the channels --- */

static void on_subscribed(void *context, struct channel *channel) {
  (void)context;
  channel_note_occupied(channel, true);
}

static void on_unsubscribed(void *context, struct channel *channel) {
  (void)context;
  channel_note_occupied(channel, false);
}

static void on_came(void *context, struct channel *channel, struct text id,
                    struct text info) {
  (void)context;
  presence_came(channel, id, info);
}

static void on_went(void *context, struct channel *channel, struct text id) {
  (void)context;
  presence_went(channel, id);
}

static void on_guests(void *context, struct channel *channel) {
  (void)context;
  (void)channel;
}

static const struct channel_events channel_events = {
    .subscribed = on_subscribed,
    .unsubscribed = on_unsubscribed,
    .came = on_came,
    .went = on_went,
    .guests = on_guests};

/* --- histories --- */

static void on_history_expired(struct history *history) {
  channel_mark(history->owner); /* it may be needed no more */
}

static bool keeps_history(const struct channel *channel) {
  return channel->rule && channel->rule->history_size > 0;
}

static bool has_history(const struct registry *registry, struct text name) {
  const struct channel_rule *rule =
      channel_rules_find(&registry->config->channels, name);
  return rule && rule->history_size > 0;
}

struct history *memory_open_history(struct channel *channel, uint64_t epoch,
                                    uint64_t position) {
  channel->history =
      history_new(&channel->registry->channels.histories, epoch, position);
  if (!channel->history) return NULL;
  channel->history->on_expired = on_history_expired;
  channel->history->owner = channel;
  return channel->history;
}

/* The history of a channel whose rule has one, made if it is not there yet. */
static struct history *open_history(struct channel *channel) {
  if (channel->history || !keeps_history(channel)) return channel->history;
  return memory_open_history(channel, epoch_random(), 0);
}

static void note_full(struct registry *registry) {
  if (limit_hit_add(&registry->limit_hits, LIMIT_HIT_HISTORY))
    log_event(LOG_WARN, "the histories of channels are full: the oldest "
                        "messages are dropped (limits.history_memory)");
}

uint64_t memory_keep(struct channel *channel, struct text message) {
  const struct channel_rule *rule = channel->rule;
  const struct limits *limits = &channel->registry->config->limits;
  struct histories *all = &channel->registry->channels.histories;
  uint64_t dropped = all->dropped;
  struct history *history = open_history(channel);
  if (!history) return 0;
  uint64_t position =
      history_add(history, message, (uint32_t)rule->history_size,
                  rule->history_time, limits->history_memory);
  if (all->dropped > dropped) note_full(channel->registry);
  return position;
}

/* --- publishing --- */

static void publish(struct bus *bus, struct bus_call *call,
                    const struct bus_publish *publish) {
  struct bus_answer result = {0};
  struct registry *registry = bus->registry;
  struct channel *channel = channel_find(registry, publish->channel);
  if (!channel && publish->is_kept && has_history(registry, publish->channel))
    channel = channel_open(registry, publish->channel);
  if (channel && publish->is_kept && keeps_history(channel)) {
    result.position = memory_keep(channel, publish->message);
    if (result.position == 0) result.word = NO_MEMORY;
  }
  if (channel && channel->seat_count > 0 && !result.word) {
    struct message *message =
        channel_message(publish->message, publish->channel, result.position);
    if (message)
      channel_deliver(channel, message, result.position, publish->except);
    else
      result.word = NO_MEMORY;
    message_unref(message);
  }
  if (channel && channel->history) result.epoch = channel->history->epoch;
  answer(call, &result);
}

/* --- reading --- */

/* Leaves out what is too much, from the end that is not asked for; one message
   stays. */
static struct history_range cut(const struct history *history,
                                struct history_range range, size_t bytes,
                                bool from_start) {
  size_t sum = 0;
  for (uint32_t i = 0; i < range.count && bytes > 0; i++) {
    uint32_t place = from_start ? i : range.count - 1 - i;
    sum += history_get(history, range, place)->size;
    if (sum <= bytes || i == 0) continue;
    if (!from_start) range.first += range.count - i;
    range.count = i;
  }
  return range;
}

static struct history_range find_range(const struct history *history,
                                       const struct bus_read *read,
                                       struct bus_answer *result) {
  struct history_range none = {0};
  uint32_t limit = read->is_recovery ? 0 : read->limit;
  struct history_range range =
      history_find(history, read->after, read->before, limit, read->from_start);
  struct history_range fits =
      cut(history, range, read->bytes, read->from_start);
  if (!read->is_recovery) return fits;
  result->is_recovered = history->epoch == read->epoch &&
                         history_reaches(history, read->after) &&
                         fits.count == range.count;
  return result->is_recovered ? range : none;
}

static void read_history(struct bus *bus, struct bus_call *call,
                         const struct bus_read *read) {
  struct bus_answer result = {0};
  struct channel *channel = channel_find(bus->registry, read->channel);
  struct history *history = channel ? open_history(channel) : NULL;
  struct bus_kept *kept = NULL;
  if (history) {
    struct history_range range = find_range(history, read, &result);
    if (range.count > 0) kept = calloc(range.count, sizeof *kept);
    if (range.count > 0 && !kept) result.word = NO_MEMORY;
    for (uint32_t i = 0; kept && i < range.count; i++) {
      const struct kept_message *each = history_get(history, range, i);
      kept[i] = (struct bus_kept){each->position, {each->bytes, each->size}};
    }
    result.kept = kept;
    result.kept_count = kept ? range.count : 0;
    result.epoch = history->epoch;
    result.position = history->position;
  }
  answer(call, &result);
  free(kept);
}

static void clear_history(struct bus *bus, struct bus_call *call,
                          struct text name) {
  struct bus_answer result = {0};
  struct channel *channel = channel_find(bus->registry, name);
  if (channel && channel->history) {
    history_clear(channel->history);
    result.epoch = channel->history->epoch;
    result.position = channel->history->position;
    channel_mark(channel);
  }
  answer(call, &result);
}

/* --- who is there --- */

/* The users of the channel's connections, each once: they are marked by
   `counted`. */
static size_t list_users(const struct channel *channel,
                         struct bus_member *members) {
  size_t count = 0;
  for (uint32_t i = 0; i < channel->seat_count; i++) {
    struct user *user = channel->seats[i].connection->user;
    if (!user || user->is_counted) continue;
    user->is_counted = true;
    members[count++] = (struct bus_member){.id = user_id_text(user)};
  }
  for (uint32_t i = 0; i < channel->seat_count; i++) {
    if (channel->seats[i].connection->user)
      channel->seats[i].connection->user->is_counted = false;
  }
  return count;
}

static size_t list_members(const struct presence *presence,
                           struct bus_member *members) {
  size_t count = 0;
  list_each(const struct member, member, &presence->members, of_channel) {
    if (!member->is_here) continue;
    members[count++] = (struct bus_member){{member->id, member->id_size},
                                           {member->info, member->info_size}};
  }
  return count;
}

static void ask_who(struct bus *bus, struct bus_call *call, struct text name) {
  struct bus_answer result = {0};
  const struct channel *channel = channel_find(bus->registry, name);
  struct bus_member *members = NULL;
  size_t most = channel ? channel->seat_count : 0;
  if (channel && channel->presence) most += channel->presence->here;
  if (most > 0) members = calloc(most, sizeof *members);
  if (most > 0 && !members) result.word = NO_MEMORY;
  if (members) {
    result.member_count = channel->presence
                              ? list_members(channel->presence, members)
                              : list_users(channel, members);
    result.members = members;
    result.users = (uint32_t)result.member_count;
    result.connections = channel->seat_count;
  }
  answer(call, &result);
  free(members);
}

/* --- the bus --- */

static void close_memory(struct bus *bus) {
  free(bus);
}

struct bus *memory_bus_new(struct registry *registry) {
  static const struct bus_kind kind = {.publish = publish,
                                       .read = read_history,
                                       .ask_who = ask_who,
                                       .clear = clear_history,
                                       .close = close_memory};
  struct bus *bus = calloc(1, sizeof *bus);
  if (!bus) return NULL;
  *bus = (struct bus){.kind = &kind, .registry = registry};
  registry->channels.events = &channel_events;
  registry->channels.bus = bus;
  return bus;
}

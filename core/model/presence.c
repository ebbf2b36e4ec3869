#include "model/presence.h"

#include "lib/owner.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/presence_news.h"
#include "model/registry.h"
#include "model/user.h"

#include <stdlib.h>
#include <string.h>

struct absence {
  struct timer timer;
  struct member *member;
};

static struct timers *timers_of(const struct presence *presence) {
  return presence->channel->registry->timers;
}

/* --- members --- */

static struct text id_of(const struct member *member) {
  return (struct text){member->id, member->id_size};
}

static bool is_member_with_id(const void *value, const void *key) {
  const struct text *id = key;
  return text_equals(id_of(value), *id);
}

static uint64_t hash_of(const struct presence *presence, struct text id) {
  return map_hash_bytes(id.bytes, id.size, presence->channel->registry->seed);
}

static struct member *find_member(const struct presence *presence,
                                  struct text id) {
  return map_find(&presence->by_id, hash_of(presence, id), &id);
}

static struct member *open_member(struct presence *presence, struct text id) {
  struct member *member = find_member(presence, id);
  if (member) return member;
  member = calloc(1, sizeof *member + id.size);
  if (!member) return NULL;
  member->channel = presence->channel;
  member->id_size = (uint8_t)id.size;
  memcpy(member->id, id.bytes, id.size);
  if (!map_add(&presence->by_id, hash_of(presence, id), member)) {
    free(member);
    return NULL;
  }
  list_append(&presence->members, &member->of_channel);
  return member;
}

static void end_absence(struct presence *presence, struct member *member) {
  if (!member->absence) return;
  timer_stop(timers_of(presence), &member->absence->timer);
  free(member->absence);
  member->absence = NULL;
  presence->waiting--;
}

static void free_member(struct presence *presence, struct member *member) {
  end_absence(presence, member);
  list_remove(&member->of_channel);
  list_remove(&member->changed);
  free(member->info);
  free(member);
}

static void mark_member(struct presence *presence, struct member *member) {
  presence->informed = 0;
  if (!list_has_link(&member->changed))
    list_append(&presence->changed, &member->changed);
  channel_mark(presence->channel);
}

static bool has_info(const struct member *member, struct text info) {
  return text_equals((struct text){member->info, member->info_size}, info);
}

static void set_info(struct member *member, struct text info) {
  char *copy = info.size > 0 ? malloc(info.size) : NULL;
  if (copy) memcpy(copy, info.bytes, info.size);
  free(member->info);
  member->info = copy;
  member->info_size = copy ? (uint32_t)info.size : 0;
}

/* --- connections of this process --- */

static void tell_went(struct presence *presence, struct member *member) {
  const struct channels *channels = &presence->channel->registry->channels;
  mark_member(presence, member);
  channels->events->went(channels->bus, presence->channel, id_of(member));
}

static void on_absence_due(struct timer *timer) {
  struct member *member = owner_of(timer, struct absence, timer)->member;
  struct presence *presence = member->channel->presence;
  end_absence(presence, member);
  tell_went(presence, member);
}

static bool begin_absence(struct presence *presence, struct member *member) {
  const struct config *config = presence->channel->registry->config;
  struct absence *absence = calloc(1, sizeof *absence);
  if (!absence) return false;
  *absence = (struct absence){.timer.on_due = on_absence_due, .member = member};
  member->absence = absence;
  presence->waiting++;
  timer_start(timers_of(presence), &absence->timer, config->offline_after);
  return true;
}

/* Whether it is in the channel with a connection of this process, or may come
   back. */
static bool has_connection(const struct member *member) {
  return member->connections > 0 || member->absence;
}

bool presence_join(struct presence *presence, struct text id, struct text info,
                   bool is_new) {
  const struct channels *channels = &presence->channel->registry->channels;
  struct member *member = open_member(presence, id);
  if (!member) return false;
  bool was_here = has_connection(member);
  uint64_t said = hash_of(presence, info);
  end_absence(presence, member);
  member->connections += is_new;
  if (was_here && member->said == said) return true;
  member->said = said;
  channels->events->came(channels->bus, presence->channel, id, info);
  return true;
}

bool presence_log_in(struct presence *presence, struct text id) {
  struct member *member = find_member(presence, id);
  if (!member || !has_connection(member))
    return presence_join(presence, id, (struct text){0}, true);
  end_absence(presence, member);
  member->connections++;
  return true;
}

bool presence_has(const struct channel *channel, struct text id) {
  const struct presence *presence = channel->presence;
  const struct member *member = presence ? find_member(presence, id) : NULL;
  return member && has_connection(member);
}

void presence_leave(struct presence *presence, struct text id, bool is_lost) {
  struct member *member = find_member(presence, id);
  if (!member || member->connections == 0) return;
  if (--member->connections > 0) return;
  if (is_lost && begin_absence(presence, member)) return;
  tell_went(presence, member);
}

void presence_renew(struct presence *presence) {
  presence->has_changed = true;
  channel_mark(presence->channel);
}

bool presence_is_waiting(const struct presence *presence) {
  return presence->waiting > 0;
}

/* --- as the bus says --- */

static size_t size_of(const struct member *member) {
  return (size_t)member->id_size + member->info_size;
}

void presence_came(struct channel *channel, struct text id, struct text info) {
  struct presence *presence = channel->presence;
  struct member *member = presence ? open_member(presence, id) : NULL;
  if (!member) return;
  if (member->is_here && has_info(member, info)) return;
  if (member->is_here) presence->bytes -= size_of(member);
  if (!member->is_here && member->is_told) presence->leaving--;
  presence->here += !member->is_here;
  member->is_here = true;
  if (member->is_told && !has_info(member, info)) {
    member->is_told = false;
    member->is_shown = true; /* with the info that it had */
  }
  set_info(member, info);
  presence->bytes += size_of(member);
  mark_member(presence, member);
}

void presence_went(struct channel *channel, struct text id) {
  struct presence *presence = channel->presence;
  struct member *member = presence ? find_member(presence, id) : NULL;
  if (!member || !member->is_here) return;
  member->is_here = false;
  presence->here--;
  presence->leaving += member->is_told;
  presence->bytes -= size_of(member);
  mark_member(presence, member);
}

void presence_guests(struct channel *channel, uint32_t elsewhere) {
  if (!channel->presence) return;
  channel->presence->elsewhere = elsewhere;
  channel_mark(channel);
}

uint32_t presence_count(const struct presence *presence) {
  return presence->here + presence->channel->guests + presence->elsewhere;
}

/* --- the end of the turn --- */

/* All that has changed is told; who is not needed any more goes. */
static void forget_changes(struct presence *presence) {
  struct member *member;
  presence->leaving = 0;
  while (
      (member = list_take_first(&presence->changed, struct member, changed))) {
    member->is_told = member->is_here;
    member->is_shown = false;
    if (member->is_here || member->connections > 0 || member->absence) continue;
    map_remove(&presence->by_id, hash_of(presence, id_of(member)), member);
    free_member(presence, member);
  }
}

void presence_flush(struct presence *presence) {
  if (presence_news_send(presence)) forget_changes(presence);
  presence->informed = 0;
}

/* --- beginning and end --- */

bool presence_start(struct channel *channel) {
  const struct channels *channels = &channel->registry->channels;
  struct presence *presence = calloc(1, sizeof *presence);
  if (!presence) return false;
  presence->channel = channel;
  presence->by_id.has_key = is_member_with_id;
  /* They may have an older list, from before a reload. */
  presence->has_changed = channel->seat_count > 0;
  channel->presence = presence;
  presence_news_open(presence);
  for (uint32_t i = 0; i < channel->seat_count; i++) {
    const struct user *user = channel->seats[i].connection->user;
    struct text none = {0};
    if (user) presence_join(presence, user_id_text(user), none, true);
  }
  if (channel->guests > 0) channels->events->guests(channels->bus, channel);
  return true;
}

void presence_stop(struct channel *channel) {
  struct presence *presence = channel->presence;
  if (!presence) return;
  channel->presence = NULL;
  list_each(struct member, member, &presence->members, of_channel)
    free_member(presence, member);
  presence_news_close(presence);
  map_close(&presence->by_id);
  free(presence);
}

#include "model/presence_news.h"

#include "lib/buffer.h"
#include "lib/json.h"
#include "lib/owner.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/message.h"
#include "model/presence.h"
#include "model/registry.h"

#include <inttypes.h>

enum { PAUSE = 1000 /* milliseconds between two counts */ };

/* --- printing --- */

static void print_member(const struct member *member, struct buffer *buffer) {
  json_print_string(buffer, member->id, member->id_size);
  buffer_append(buffer, ":", 1);
  if (member->info)
    buffer_append(buffer, member->info, member->info_size);
  else
    buffer_append_string(buffer, "{}");
}

static void print_members(struct presence *presence, struct buffer *buffer) {
  const char *comma = "";
  buffer_append_string(buffer, "\"members\":{");
  list_each(struct member, member, &presence->members, of_channel) {
    if (!member->is_here) continue;
    member->is_shown = true;
    buffer_append_string(buffer, comma);
    print_member(member, buffer);
    comma = ",";
  }
  buffer_append_string(buffer, "},");
}

static enum presence_kind kind_of(const struct presence *presence) {
  const struct channel_rule *rule = presence->channel->rule;
  return rule ? rule->presence : PRESENCE_NONE;
}

/* --- listed or counted --- */

/* Where there was too much, some has to go before it counts as within. */
static bool is_within(uint64_t count, uint64_t most, bool was_within) {
  return most == 0 || count <= (was_within ? most : most - most / 10);
}

/* Whether the members are to be listed now: not if there are too many, or if
   the list were longer than what may wait for one reader. */
static bool may_list(const struct presence *presence) {
  const struct limits *limits = &presence->channel->registry->config->limits;
  return kind_of(presence) == PRESENCE_LISTED &&
         is_within(presence->here, limits->members_listed,
                   presence->is_listed) &&
         is_within(presence->bytes, limits->queue_size, presence->is_listed);
}

static void update_listed(struct presence *presence) {
  bool is_listed = may_list(presence);
  if (is_listed != presence->is_listed) presence->has_changed = true;
  presence->is_listed = is_listed;
}

/* --- what is told --- */

static void print_state(struct presence *presence, struct buffer *buffer) {
  if (presence->is_listed) print_members(presence, buffer);
  buffer_print(buffer, "\"count\":%" PRIu32, presence_count(presence));
}

/* Who joins now is not shown those who went in this turn. If they come again,
   it has to be told that they did. */
static void split_knowledge(struct presence *presence) {
  if (presence->leaving == 0) return;
  presence->leaving = 0;
  list_each(struct member, member, &presence->changed, changed) {
    if (member->is_here || !member->is_told) continue;
    member->is_told = false;
    member->is_shown = true;
  }
}

/* In one turn thousands may join: from the limit on they are not shown all. */
void presence_show(struct presence *presence, uint64_t connection,
                   struct buffer *buffer) {
  update_listed(presence);
  split_knowledge(presence);
  print_state(presence, buffer);
  if (!presence->is_listed && kind_of(presence) == PRESENCE_LISTED)
    buffer_append_string(buffer, ",\"listed\":false");
  presence->informed = connection;
  presence->shown = presence_count(presence);
  if (presence->shown != presence->told) presence->has_shown = true;
}

/* Whether the members, or one of them, has to be told that it went. */
static bool is_missed(const struct member *member) {
  return !member->is_here && (member->is_told || member->is_shown);
}

static bool is_new(const struct member *member) {
  return member->is_here && !member->is_told;
}

/* Prints `"came":{…},` and `"went":[…],` of those who changed. */
static void print_changes(const struct presence *presence,
                          struct buffer *buffer) {
  const char *before = "\"came\":{";
  list_each(const struct member, came, &presence->changed, changed) {
    if (!is_new(came)) continue;
    buffer_append_string(buffer, before);
    print_member(came, buffer);
    before = ",";
  }
  if (*before == ',') buffer_append_string(buffer, "},");
  before = "\"went\":[";
  list_each(const struct member, went, &presence->changed, changed) {
    if (!is_missed(went)) continue;
    buffer_append_string(buffer, before);
    json_print_string(buffer, went->id, went->id_size);
    before = ",";
  }
  if (*before == ',') buffer_append_string(buffer, "],");
}

/* --- sending --- */

static bool has_news(const struct presence *presence) {
  if (presence->has_changed || presence->has_shown ||
      presence_count(presence) != presence->told)
    return true;
  if (!presence->is_listed) return false;
  list_each(const struct member, member, &presence->changed, changed) {
    if (is_new(member) || is_missed(member)) return true;
  }
  return false;
}

/* Who was shown all that there is to tell need not hear it again. */
static uint64_t find_informed(const struct presence *presence) {
  bool is_all =
      !presence->has_changed && presence_count(presence) == presence->shown;
  return is_all ? presence->informed : 0;
}

static void send_news(struct presence *presence) {
  struct channel *channel = presence->channel;
  struct buffer buffer = {0};
  buffer_append_string(&buffer, "\"$members\",{");
  if (presence->has_changed) {
    print_state(presence, &buffer);
    buffer_append_string(&buffer, presence->is_listed ? ",\"listed\":true"
                                                      : ",\"listed\":false");
  } else {
    if (presence->is_listed) print_changes(presence, &buffer);
    buffer_print(&buffer, "\"count\":%" PRIu32, presence_count(presence));
  }
  buffer_append(&buffer, "}", 1);
  struct message *message = NULL;
  if (!buffer.failed) {
    struct text text = {buffer.bytes, buffer.size};
    message = channel_message(text, channel_name(channel), 0);
  }
  buffer_free(&buffer);
  if (!message) return;
  channel_tell(channel, message, find_informed(presence));
  message_unref(message);
}

bool presence_news_send(struct presence *presence) {
  const struct registry *registry = presence->channel->registry;
  update_listed(presence);
  if (!has_news(presence)) return true;
  if (!presence->is_listed && !presence->has_changed &&
      timer_is_running(&presence->pause))
    return false;
  /* Where scripts speak a protocol of their own, Base sends nothing. */
  if (!registry->config->takes_text) send_news(presence);
  presence->told = presence_count(presence);
  presence->has_changed = presence->has_shown = false;
  if (!presence->is_listed)
    timer_start(registry->timers, &presence->pause, PAUSE);
  return true;
}

/* --- beginning and end --- */

static void on_pause_over(struct timer *timer) {
  channel_mark(owner_of(timer, struct presence, pause)->channel);
}

void presence_news_open(struct presence *presence) {
  presence->pause.on_due = on_pause_over;
  presence->is_listed = may_list(presence);
}

void presence_news_close(struct presence *presence) {
  timer_stop(presence->channel->registry->timers, &presence->pause);
}

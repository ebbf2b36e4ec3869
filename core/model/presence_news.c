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

static void print_members(const struct presence *presence,
                          struct buffer *buffer) {
  const char *comma = "";
  buffer_append_string(buffer, "\"members\":{");
  list_each(const struct member, member, &presence->members, of_channel) {
    if (!member->is_here) continue;
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

void presence_print(const struct presence *presence, struct buffer *buffer) {
  bool is_listed = presence->is_listed && kind_of(presence) == PRESENCE_LISTED;
  if (is_listed) print_members(presence, buffer);
  buffer_print(buffer, "\"count\":%" PRIu32, presence_count(presence));
  if (!is_listed && kind_of(presence) == PRESENCE_LISTED)
    buffer_append_string(buffer, ",\"listed\":false");
}

/* Prints `"came":{…},` and `"went":[…],` of those who changed. */
static void print_changes(const struct presence *presence,
                          struct buffer *buffer) {
  const char *before = "\"came\":{";
  list_each(const struct member, came, &presence->changed, changed) {
    if (!came->is_here || came->is_told) continue;
    buffer_append_string(buffer, before);
    print_member(came, buffer);
    before = ",";
  }
  if (*before == ',') buffer_append_string(buffer, "},");
  before = "\"went\":[";
  list_each(const struct member, went, &presence->changed, changed) {
    if (went->is_here || !went->is_told) continue;
    buffer_append_string(buffer, before);
    json_print_string(buffer, went->id, went->id_size);
    before = ",";
  }
  if (*before == ',') buffer_append_string(buffer, "],");
}

/* --- sending --- */

/* Whether the members are to be listed now. Where there were too many, some
   have to go before they are listed again. */
static bool may_list(const struct presence *presence) {
  uint64_t most = presence->channel->registry->config->limits.members_listed;
  if (kind_of(presence) != PRESENCE_LISTED) return false;
  if (most == 0 || presence->here <= most - most / 10) return true;
  return presence->is_listed && presence->here <= most;
}

static bool has_news(const struct presence *presence) {
  if (presence->has_changed || presence_count(presence) != presence->told)
    return true;
  if (!presence->is_listed) return false;
  list_each(const struct member, member, &presence->changed, changed) {
    if (member->is_here != member->is_told) return true;
  }
  return false;
}

/* Who has just joined knows that it has come: if that is all the news, it need
   not hear it. */
static uint64_t find_informed(const struct presence *presence) {
  const struct member *first =
      list_first(&presence->changed, struct member, changed);
  bool is_all = first &&
                !list_next(&presence->changed, first, struct member, changed) &&
                presence_count(presence) == presence->told + 1;
  return is_all && presence->joined == 1 ? presence->joiner : 0;
}

static void send_news(struct presence *presence) {
  struct channel *channel = presence->channel;
  struct buffer buffer = {0};
  buffer_append_string(&buffer, "\"$members\",{");
  if (presence->has_changed) {
    presence_print(presence, &buffer);
    if (presence->is_listed) buffer_append_string(&buffer, ",\"listed\":true");
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
  channel_deliver(channel, message, 0, find_informed(presence));
  message_unref(message);
}

bool presence_news_send(struct presence *presence) {
  const struct registry *registry = presence->channel->registry;
  bool is_listed = may_list(presence);
  if (is_listed != presence->is_listed) presence->has_changed = true;
  presence->is_listed = is_listed;
  if (!has_news(presence)) return true;
  if (!is_listed && !presence->has_changed &&
      timer_is_running(&presence->pause))
    return false;
  /* Where scripts speak a protocol of their own, Base sends nothing. */
  if (!registry->config->takes_text) send_news(presence);
  presence->told = presence_count(presence);
  presence->has_changed = false;
  if (!is_listed) timer_start(registry->timers, &presence->pause, PAUSE);
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

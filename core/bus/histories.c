#include "bus/histories.h"

#include "bus/link.h"
#include "bus/memory.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/history.h"
#include "model/registry.h"

/* --- writing --- */

static uint64_t time_left(const struct history *history) {
  uint64_t now = timers_last_look(history->all->timers);
  return history->until > now ? history->until - now : 0;
}

static void write_history(const struct history *history, struct buffer *out) {
  struct history_range all = {0, history->count};
  size_t begin = link_begin(out, LINK_CHANNEL);
  link_put_text(out, channel_name(history->owner));
  link_put_number(out, history->epoch);
  link_put_number(out, history->position);
  link_put_number(out, history->count);
  link_put_number(out, time_left(history));
  link_end(out, begin);
  for (uint32_t i = 0; i < history->count; i++) {
    const struct kept_message *kept = history_get(history, all, i);
    begin = link_begin(out, LINK_KEPT);
    link_put_text(out, (struct text){kept->bytes, kept->size});
    link_end(out, begin);
  }
}

void histories_write(const struct registry *registry, struct buffer *out) {
  const struct list *by_age = &registry->channels.histories.by_age;
  size_t cursor = 0;
  const struct channel *channel;
  while ((channel = channels_next(registry, &cursor))) {
    if (channel->history && channel->history->count == 0)
      write_history(channel->history, out);
  }
  list_each(const struct history, history, by_age, by_age)
    write_history(history, out);
}

/* --- reading --- */

static struct channel *open_channel(const struct histories_reader *reader,
                                    struct text name) {
  struct registry *registry = reader->registry;
  const struct channel_rule *rule =
      channel_rules_find(&registry->config->channels, name);
  if (!rule || rule->history_size == 0) return NULL;
  return channel_open(registry, name);
}

/* The end of a history's messages. */
static void end_channel(struct histories_reader *reader) {
  struct channel *channel = reader->channel;
  if (channel && channel->history && channel->history->count > 0)
    history_expire_in(channel->history, reader->lifetime);
  reader->channel = NULL;
}

bool histories_take_channel(struct histories_reader *reader,
                            struct link_frame *frame) {
  struct text name = link_take_name(frame);
  uint64_t epoch = link_take_number(frame);
  uint64_t position = link_take_number(frame);
  uint64_t count = link_take_number(frame);
  reader->lifetime = link_take_number(frame);
  bool is_right = link_is_taken(frame) && epoch > 0 && count <= position &&
                  reader->left == 0;
  if (!is_right) return false;
  struct channel *channel = open_channel(reader, name);
  if (channel && channel->history) return false; /* it came twice */
  if (channel && !memory_open_history(channel, epoch, position - count))
    channel = NULL;
  reader->channel = channel;
  reader->left = count;
  reader->channels += channel != NULL;
  if (count == 0) end_channel(reader);
  return true;
}

bool histories_take_kept(struct histories_reader *reader,
                         struct link_frame *frame) {
  struct text message = link_take_message(frame);
  if (!link_is_taken(frame) || reader->left == 0) return false;
  struct channel *channel = reader->channel;
  reader->left--;
  if (channel && memory_keep(channel, message) == 0) {
    history_free(channel->history); /* no gap: rather another epoch */
    channel->history = NULL;
    channel_mark(channel);
    reader->channel = NULL;
  }
  reader->messages += reader->channel != NULL;
  if (reader->left == 0) end_channel(reader);
  return true;
}

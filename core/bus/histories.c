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

static void write_head(const struct history *history, struct buffer *out) {
  size_t begin = link_begin(out, LINK_CHANNEL);
  link_put_text(out, channel_name(history->owner));
  link_put_number(out, history->epoch);
  link_put_number(out, history->position);
  link_put_number(out, history->count);
  link_put_number(out, time_left(history));
  link_end(out, begin);
}

static void write_message(const struct history *history, uint32_t place,
                          struct buffer *out) {
  struct history_range all = {0, history->count};
  const struct kept_message *kept = history_get(history, all, place);
  size_t begin = link_begin(out, LINK_KEPT);
  link_put_text(out, (struct text){kept->bytes, kept->size});
  link_end(out, begin);
}

/* Those without messages are few bytes, and may go with the next turn. */
void histories_begin(struct histories_writer *writer, struct registry *registry,
                     struct buffer *out) {
  struct list *by_age = &registry->channels.histories.by_age;
  size_t cursor = 0;
  const struct channel *channel;
  while ((channel = channels_next(registry, &cursor))) {
    if (channel->history && channel->history->count == 0)
      write_head(channel->history, out);
  }
  list_each(struct history, history, by_age, by_age)
    timer_stop(registry->timers, &history->expiry);
  *writer = (struct histories_writer){
      .by_age = by_age, .history = list_first(by_age, struct history, by_age)};
}

bool histories_write(struct histories_writer *writer, struct buffer *out,
                     size_t bytes) {
  size_t before = out->size;
  while (writer->history && out->size - before < bytes && !out->failed) {
    if (writer->place == 0) write_head(writer->history, out);
    write_message(writer->history, writer->place, out);
    if (++writer->place < writer->history->count) continue;
    writer->place = 0;
    writer->history =
        list_next(writer->by_age, writer->history, struct history, by_age);
  }
  return !writer->history;
}

void histories_keep(struct registry *registry) {
  struct list *by_age = &registry->channels.histories.by_age;
  list_each(struct history, history, by_age, by_age)
    history_expire_in(history, time_left(history));
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

static void keep_early(struct histories_reader *reader) {
  struct history *early = reader->early;
  struct history_range all = {0, early ? early->count : 0};
  reader->early = NULL;
  for (uint32_t i = 0; reader->channel && i < all.count; i++) {
    const struct kept_message *kept = history_get(early, all, i);
    memory_keep(reader->channel, (struct text){kept->bytes, kept->size});
  }
  history_free(early);
}

/* The end of a history's messages. */
static void end_channel(struct histories_reader *reader) {
  struct channel *channel = reader->channel;
  if (channel && channel->history->count > 0)
    history_expire_in(channel->history, reader->lifetime);
  keep_early(reader);
  reader->channel = NULL;
}

/* Takes the place of what the channel has. False when memory ran out. */
static bool begin_channel(struct histories_reader *reader,
                          struct channel *channel, uint64_t epoch,
                          uint64_t position) {
  if (!channel) return false;
  reader->early = channel->history;
  if (memory_open_history(channel, epoch, position)) return true;
  channel->history = reader->early;
  reader->early = NULL;
  return false;
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
  bool is_kept = begin_channel(reader, channel, epoch, position - count);
  reader->channel = is_kept ? channel : NULL;
  reader->left = count;
  reader->channels += is_kept;
  if (count == 0) end_channel(reader);
  return true;
}

static void drop_history(struct channel *channel) {
  history_free(channel->history);
  channel->history = NULL;
  channel_mark(channel);
}

bool histories_take_kept(struct histories_reader *reader,
                         struct link_frame *frame) {
  struct text message = link_take_message(frame);
  if (!link_is_taken(frame) || reader->left == 0) return false;
  struct channel *channel = reader->channel;
  reader->left--;
  if (channel && memory_keep(channel, message) == 0) {
    drop_history(channel); /* rather another epoch than a gap */
    reader->channel = NULL;
  }
  reader->messages += reader->channel != NULL;
  if (reader->left == 0) end_channel(reader);
  return true;
}

void histories_give_up(struct histories_reader *reader) {
  size_t cursor = 0;
  struct channel *channel;
  history_free(reader->early);
  reader->early = NULL;
  reader->channel = NULL;
  reader->left = 0;
  while ((channel = channels_next(reader->registry, &cursor)))
    drop_history(channel);
}

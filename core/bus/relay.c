#include "bus/relay.h"

#include "bus/link.h"
#include "bus/link_request.h"
#include "bus/relay_parts.h"
#include "model/channel.h"
#include "model/history.h"
#include "model/presence.h"
#include "model/registry.h"

#include <stdlib.h>

/* How many messages of histories are freed at once. */
enum { FORGOTTEN = 2000 };

/* --- saying --- */

/* Keeps a frame that was just written, as long as it may have to be done
   here. */
static void note(struct relay *relay, size_t begin) {
  if (relay->is_settled || relay->out->failed) return;
  buffer_append(&relay->said, relay->out->bytes + begin,
                relay->out->size - begin);
}

static void say(struct relay *relay, enum link_kind kind, struct text channel,
                const struct text *first, const struct text *second) {
  if (!relay->out) return;
  size_t begin = link_begin(relay->out, kind);
  link_put_text(relay->out, channel);
  if (first) link_put_text(relay->out, *first);
  if (second) link_put_text(relay->out, *second);
  link_end(relay->out, begin);
  note(relay, begin);
}

static void say_number(struct relay *relay, enum link_kind kind,
                       struct text channel, uint64_t number) {
  if (!relay->out) return;
  size_t begin = link_begin(relay->out, kind);
  link_put_text(relay->out, channel);
  link_put_number(relay->out, number);
  link_end(relay->out, begin);
  note(relay, begin);
}

/* --- events of the channels --- */

static void on_subscribed(void *context, struct channel *channel) {
  say_number(relay_of(context), LINK_SUBSCRIBED, channel_name(channel), 0);
}

static void on_unsubscribed(void *context, struct channel *channel) {
  say(relay_of(context), LINK_UNSUBSCRIBED, channel_name(channel), NULL, NULL);
}

static void on_came(void *context, struct channel *channel, struct text id,
                    struct text info) {
  struct relay *relay = relay_of(context);
  say(relay, LINK_CAME, channel_name(channel), &id, &info);
  if (!relay->out) presence_came(channel, id, info);
}

static void on_went(void *context, struct channel *channel, struct text id) {
  struct relay *relay = relay_of(context);
  say(relay, LINK_WENT, channel_name(channel), &id, NULL);
  if (!relay->out) presence_went(channel, id);
}

static void on_guests(void *context, struct channel *channel) {
  say_number(relay_of(context), LINK_GUESTS, channel_name(channel),
             channel->guests);
}

static const struct channel_events channel_events = {
    .subscribed = on_subscribed,
    .unsubscribed = on_unsubscribed,
    .came = on_came,
    .went = on_went,
    .guests = on_guests};

/* --- calls --- */

void relay_fail(struct bus_call *call, const char *word) {
  struct bus_answer answer = {.word = word};
  call->on_answer(call, &answer);
}

struct bus_call *relay_take_waiting(struct relay *relay, uint64_t ticket) {
  list_each(struct waiting, waiting, &relay->waiting, link) {
    if (waiting->ticket != ticket) continue;
    struct bus_call *call = waiting->call;
    list_remove(&waiting->link);
    free(waiting);
    return call;
  }
  return NULL;
}

void relay_fail_waiting(struct relay *relay, const char *word) {
  struct waiting *waiting;
  while ((waiting = list_take_first(&relay->waiting, struct waiting, link))) {
    struct bus_call *call = waiting->call;
    free(waiting);
    relay_fail(call, word);
  }
}

/* The ticket of a new request; 0 when it is answered already, with a
   failure. */
static uint64_t begin_request(struct relay *relay, struct bus_call *call) {
  struct waiting *waiting = relay->out ? calloc(1, sizeof *waiting) : NULL;
  if (!waiting) {
    relay_fail(call, relay->out ? "memory" : "cluster");
    return 0;
  }
  *waiting = (struct waiting){.call = call, .ticket = ++relay->tickets};
  list_append(&relay->waiting, &waiting->link);
  return waiting->ticket;
}

static void publish(struct bus *bus, struct bus_call *call,
                    const struct bus_publish *publish) {
  struct relay *relay = relay_of(bus);
  uint64_t ticket = begin_request(relay, call);
  if (ticket) note(relay, link_put_publish(relay->out, ticket, publish));
}

static void read_history(struct bus *bus, struct bus_call *call,
                         const struct bus_read *read) {
  struct relay *relay = relay_of(bus);
  uint64_t ticket = begin_request(relay, call);
  if (ticket) note(relay, link_put_read(relay->out, ticket, read));
}

static void request(struct bus *bus, struct bus_call *call, enum link_kind kind,
                    struct text channel) {
  struct relay *relay = relay_of(bus);
  uint64_t ticket = begin_request(relay, call);
  if (ticket) note(relay, link_put_request(relay->out, kind, ticket, channel));
}

static void ask_who(struct bus *bus, struct bus_call *call,
                    struct text channel) {
  request(bus, call, LINK_WHO, channel);
}

static void clear(struct bus *bus, struct bus_call *call, struct text channel) {
  request(bus, call, LINK_CLEAR, channel);
}

/* --- the change --- */

void relay_settle(struct bus *bus) {
  struct relay *relay = relay_of(bus);
  relay->is_settled = true;
  buffer_free(&relay->said);
}

bool relay_is_settled(const struct bus *bus) {
  return ((const struct relay *)bus)->is_settled;
}

void relay_forget_some(struct bus *bus) {
  struct list *by_age = &bus->registry->channels.histories.by_age;
  struct history *history;
  uint32_t count = 0;
  while (count < FORGOTTEN &&
         (history = list_first(by_age, struct history, by_age))) {
    struct channel *channel = history->owner;
    count += history->count;
    channel->history = NULL;
    channel_mark(channel);
    history_free(history);
  }
}

void relay_use(struct bus *bus, struct buffer *out) {
  relay_of(bus)->out = out;
}

void relay_lost(struct bus *bus) {
  struct relay *relay = relay_of(bus);
  relay->out = NULL;
  relay_settle(bus);
  relay_fail_waiting(relay, "cluster");
}

/* --- the bus --- */

static void close_relay(struct bus *bus) {
  struct relay *relay = relay_of(bus);
  relay->out = NULL;
  relay_fail_waiting(relay, "closed");
  bus_close(relay->inner);
  buffer_free(&relay->said);
  free(relay);
}

/* Who is in the channel here. What its hooks have not been told yet they are
   told here: to the new process the last state counts. */
static void write_channel(const struct channel *channel, struct buffer *out) {
  size_t begin = link_begin(out, LINK_SUBSCRIBED);
  link_put_text(out, channel_name(channel));
  link_put_number(out, channel->is_occupied ^ (channel->transitions & 1));
  link_end(out, begin);
  if (!channel->presence) return;
  list_each(const struct member, member, &channel->presence->members,
            of_channel) {
    struct text id = {member->id, member->id_size};
    if (!presence_has(channel, id)) continue;
    begin = link_begin(out, LINK_CAME);
    link_put_text(out, channel_name(channel));
    link_put_text(out, id);
    link_put_text(out, (struct text){member->info, member->info_size});
    link_end(out, begin);
  }
  begin = link_begin(out, LINK_GUESTS);
  link_put_text(out, channel_name(channel));
  link_put_number(out, channel->guests);
  link_end(out, begin);
}

struct bus *relay_bus_new(struct registry *registry, struct bus *inner,
                          struct buffer *out) {
  static const struct bus_kind kind = {.publish = publish,
                                       .read = read_history,
                                       .ask_who = ask_who,
                                       .clear = clear,
                                       .close = close_relay};
  struct relay *relay = calloc(1, sizeof *relay);
  if (!relay) return NULL;
  relay->bus = (struct bus){.kind = &kind, .registry = registry};
  relay->inner = inner;
  relay->inner_events = registry->channels.events;
  relay->out = out;
  size_t cursor = 0;
  const struct channel *channel;
  while ((channel = channels_next(registry, &cursor))) {
    if (channel->is_subscribed) write_channel(channel, out);
  }
  registry->channels.events = &channel_events;
  registry->channels.bus = &relay->bus;
  return &relay->bus;
}

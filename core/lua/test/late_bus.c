#include "lua/test/late_bus.h"

#include "bus/bus.h"
#include "bus/memory.h"
#include "lib/list.h"
#include "lib/timers.h"
#include "model/channel.h"
#include "model/channel_rule.h"
#include "model/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DELAY = 5 /* milliseconds */, ID_SIZE = 256 };

enum what {
  SUBSCRIBED,
  UNSUBSCRIBED,
  CAME,
  WENT,
  GUESTS,
  PUBLISH,
  READ,
  ASK_WHO,
  CLEAR,
  ANSWER
};

static const char *const names[] = {
    "subscribed", "unsubscribed", "came",    "went",  "guests",
    "publish",    "read",         "ask_who", "clear", "answer"};

struct late_bus {
  struct bus bus;
  struct bus *memory;
  const struct channel_events *events; /* of the memory bus */
  struct list items;
  size_t count;
  struct timer timer;
  enum late_order order;
  uint32_t random;
  const char *word;
};

/* What waits. */
struct item {
  struct list_link link;
  struct late_bus *late;
  enum what what;
  struct bus_call *call; /* NULL: an event */
  struct bus_call inner; /* of the memory bus */
  struct bus_answer *answer;
  struct bus_publish publish;
  struct bus_read read;
  struct text channel, id, text; /* copies */
  bool answers;                  /* at once when it is done */
};

/* --- items --- */

static uint32_t draw(struct late_bus *late, uint32_t below) {
  late->random = late->random * 1664525 + 1013904223;
  return (uint32_t)(((uint64_t)late->random * below) >> 32);
}

static struct text copy(struct text text) {
  struct text made = {malloc(text.size + 1), text.size};
  if (!made.bytes) abort();
  if (text.size > 0) memcpy((char *)made.bytes, text.bytes, text.size);
  return made;
}

static struct item *add_item(struct late_bus *late, enum what what,
                             struct text channel, struct text id,
                             struct text text) {
  struct item *item = calloc(1, sizeof *item);
  if (!item) abort();
  item->late = late;
  item->what = what;
  item->channel = copy(channel);
  item->id = copy(id);
  item->text = copy(text);
  list_append(&late->items, &item->link);
  late->count++;
  if (late->order != LATE_BY_HAND && !timer_is_running(&late->timer)) {
    timer_start(late->bus.registry->timers, &late->timer,
                late->order == LATE_SHUFFLED ? 1 : DELAY);
  }
  return item;
}

static void free_item(struct item *item) {
  list_remove(&item->link);
  item->late->count--;
  free(item->answer);
  free((char *)item->channel.bytes);
  free((char *)item->id.bytes);
  free((char *)item->text.bytes);
  free(item);
}

/* --- doing --- */

/* The memory bus has answered: its answer goes on, or waits. */
static void on_inner(struct bus_call *call, const struct bus_answer *answer) {
  struct item *item = owner_of(call, struct item, inner);
  item->answer = bus_answer_copy(answer);
  if (!item->answer) abort();
}

static void tell_event(const struct item *item) {
  struct late_bus *late = item->late;
  struct registry *registry = late->bus.registry;
  struct channel *channel = channel_find(registry, item->channel);
  if (!channel) return; /* it is used no more, and nobody has to be told */
  if (item->what == SUBSCRIBED)
    late->events->subscribed(late->memory, channel);
  else if (item->what == UNSUBSCRIBED)
    late->events->unsubscribed(late->memory, channel);
  else if (item->what == CAME)
    late->events->came(late->memory, channel, item->id, item->text);
  else if (item->what == WENT)
    late->events->went(late->memory, channel, item->id);
  else
    late->events->guests(late->memory, channel);
}

/* Has the memory bus do it. */
static void do_call(struct item *item) {
  struct late_bus *late = item->late;
  item->inner.on_answer = on_inner;
  if (late->word) {
    struct bus_answer failure = {.word = late->word};
    on_inner(&item->inner, &failure);
  } else if (item->what == PUBLISH) {
    bus_publish(late->memory, &item->inner, &item->publish);
  } else if (item->what == READ) {
    bus_read(late->memory, &item->inner, &item->read);
  } else if (item->what == ASK_WHO) {
    bus_ask_who(late->memory, &item->inner, item->channel);
  } else {
    bus_clear(late->memory, &item->inner, item->channel);
  }
  item->what = ANSWER;
}

static void give_answer(struct item *item) {
  struct bus_call *call = item->call;
  struct bus_answer *answer = item->answer;
  item->answer = NULL;
  free_item(item);
  call->on_answer(call, answer);
  free(answer);
}

/* True when it is over; else it waits at the end of the queue. */
static void go_on(struct item *item, bool answers) {
  if (!item->call) {
    tell_event(item);
    free_item(item);
    return;
  }
  if (item->what != ANSWER) {
    do_call(item);
    if (!answers) {
      list_remove(&item->link);
      list_append(&item->late->items, &item->link);
      return;
    }
  }
  give_answer(item);
}

/* Whether something that was told of its channel before has to come first. */
static bool has_to_wait(const struct item *item) {
  if (item->what == ANSWER || item->what == PUBLISH) return false;
  list_each(const struct item, before, &item->late->items, link) {
    if (before == item) return false;
    if (!before->call && text_equals(before->channel, item->channel))
      return true;
  }
  return false;
}

/* --- the order --- */

static struct item *item_at(const struct late_bus *late, size_t place) {
  /* The analyzer does not see that a freed item has left the list. */
  /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
  list_each(struct item, item, &late->items, link) {
    if (place-- == 0) return item;
  }
  return NULL;
}

static void do_one(struct late_bus *late) {
  struct item *item;
  do {
    item = item_at(late, draw(late, (uint32_t)late->count));
  } while (has_to_wait(item));
  go_on(item, draw(late, 2) == 0);
}

/* What these cause to wait has its own time. */
static void do_all(struct late_bus *late) {
  for (size_t count = late->count; count > 0; count--)
    go_on(item_at(late, 0), true);
}

static void on_time(struct timer *timer) {
  struct late_bus *late = owner_of(timer, struct late_bus, timer);
  struct timers *timers = late->bus.registry->timers;
  if (late->count == 0) return;
  if (late->order == LATE_SHUFFLED)
    do_one(late);
  else
    do_all(late);
  if (late->count > 0 && !timer_is_running(timer))
    timer_start(timers, timer, late->order == LATE_SHUFFLED ? 1 : DELAY);
}

void late_bus_fail(struct bus *bus, const char *word) {
  owner_of(bus, struct late_bus, bus)->word = word;
}

size_t late_bus_count(const struct bus *bus) {
  return owner_of((struct bus *)bus, struct late_bus, bus)->count;
}

void late_bus_describe(const struct bus *bus, size_t place, char *text,
                       size_t size) {
  const struct late_bus *late =
      owner_of((struct bus *)bus, struct late_bus, bus);
  const struct item *item = item_at(late, place);
  snprintf(text, size, "%s %.*s", names[item->what], (int)item->channel.size,
           item->channel.bytes);
}

void late_bus_do(struct bus *bus, size_t place, bool answers) {
  struct late_bus *late = owner_of(bus, struct late_bus, bus);
  struct item *item = item_at(late, place);
  if (item) go_on(item, answers);
}

/* --- what it is told --- */

static const struct text none = {"", 0};

static void on_subscribed(void *context, struct channel *channel) {
  add_item(context, SUBSCRIBED, channel_name(channel), none, none);
}

static void on_unsubscribed(void *context, struct channel *channel) {
  add_item(context, UNSUBSCRIBED, channel_name(channel), none, none);
}

static void on_came(void *context, struct channel *channel, struct text id,
                    struct text info) {
  add_item(context, CAME, channel_name(channel), id, info);
}

static void on_went(void *context, struct channel *channel, struct text id) {
  add_item(context, WENT, channel_name(channel), id, none);
}

static void on_guests(void *context, struct channel *channel) {
  add_item(context, GUESTS, channel_name(channel), none, none);
}

/* --- what it is asked --- */

/* Some calls are done before they wait, unless something else has to come
   first. */
static void add_call(struct item *item, struct bus_call *call) {
  struct late_bus *late = item->late;
  item->call = call;
  if (late->order == LATE_SHUFFLED && draw(late, 4) == 0 && !has_to_wait(item))
    do_call(item);
}

static void publish(struct bus *bus, struct bus_call *call,
                    const struct bus_publish *what) {
  struct late_bus *late = owner_of(bus, struct late_bus, bus);
  struct item *item =
      add_item(late, PUBLISH, what->channel, none, what->message);
  item->publish = *what;
  item->publish.channel = item->channel;
  item->publish.message = item->text;
  add_call(item, call);
}

static void read_history(struct bus *bus, struct bus_call *call,
                         const struct bus_read *read) {
  struct late_bus *late = owner_of(bus, struct late_bus, bus);
  struct item *item = add_item(late, READ, read->channel, none, none);
  item->read = *read;
  item->read.channel = item->channel;
  add_call(item, call);
}

static void ask_who(struct bus *bus, struct bus_call *call, struct text name) {
  struct late_bus *late = owner_of(bus, struct late_bus, bus);
  add_call(add_item(late, ASK_WHO, name, none, none), call);
}

static void clear(struct bus *bus, struct bus_call *call, struct text name) {
  struct late_bus *late = owner_of(bus, struct late_bus, bus);
  add_call(add_item(late, CLEAR, name, none, none), call);
}

/* --- the bus --- */

static void close_late(struct bus *bus) {
  struct late_bus *late = owner_of(bus, struct late_bus, bus);
  late->order = LATE_BY_HAND;
  timer_stop(bus->registry->timers, &late->timer);
  late->word = "closed";
  for (struct item *item; (item = item_at(late, 0));)
    go_on(item, true);
  bus_close(late->memory);
  free(late);
}

struct bus *late_bus_new(struct registry *registry, enum late_order order,
                         uint32_t seed) {
  static const struct bus_kind kind = {.publish = publish,
                                       .read = read_history,
                                       .ask_who = ask_who,
                                       .clear = clear,
                                       .close = close_late};
  static const struct channel_events events = {.subscribed = on_subscribed,
                                               .unsubscribed = on_unsubscribed,
                                               .came = on_came,
                                               .went = on_went,
                                               .guests = on_guests};
  struct late_bus *late = calloc(1, sizeof *late);
  if (!late) return NULL;
  *late = (struct late_bus){.bus = {.kind = &kind, .registry = registry},
                            .order = order,
                            .random = seed,
                            .timer.on_due = on_time};
  late->memory = memory_bus_new(registry);
  late->events = registry->channels.events;
  registry->channels.events = &events;
  registry->channels.bus = late;
  return &late->bus;
}

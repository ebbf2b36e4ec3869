/*
** Channels: joins, leaves, losses, logins, messages, time and other rules, in
** any order, beside a small model of the same. Who is in a channel gets each
** message once and in order; positions have no gap; a recovery is whole or
** refused; what the members are told of each other adds up; occupied and
** vacated alternate; and nothing stays when all have gone.
*/
#include "channel_views.h"
#include "fuzz.h"

#include "bus/bus.h"
#include "bus/memory.h"
#include "lib/timers.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/membership.h"
#include "model/message.h"
#include "model/presence.h"
#include "model/registry.h"
#include "model/user.h"

enum {
  SLOTS = 5,
  NAMES = 4,
  USERS = 3,
  OFFLINE = 50, /* milliseconds */
  KEPT_TIME = 200,
  LONGEST = 256, /* messages of one story */
  TEXT = 48
};

static const char *const names[NAMES] = {"list", "count", "kept", "none"};

/* A join that waits for its read. */
struct wait {
  struct bus_call call;
  struct joining joining;
  int slot, name;
  bool is_on;
  char held[LONGEST][TEXT]; /* what has to come behind it */
  uint64_t positions[LONGEST];
  int count;
};

static struct {
  struct config config;
  struct timers timers;
  struct registry registry;
  struct bus *bus;
  uint64_t now;
  struct connection *slots[SLOTS];
  char expected[SLOTS][LONGEST][TEXT]; /* messages that a slot has yet to get */
  int expected_count[SLOTS];
  struct view views[SLOTS][NAMES];
  struct wait waits[SLOTS][NAMES];
  bool is_occupied[NAMES]; /* as the hook has told */
  uint64_t epochs[NAMES], positions[NAMES];
  uint64_t used_until[NAMES];
  int said;                     /* messages so far */
  int kept[NAMES][LONGEST + 1]; /* what was said at each position */
} world;

static struct channel_rule rules[] = {
    {.name = (char *)"count", .name_size = 5, .number = 1},
    {.name = (char *)"kept", .name_size = 4, .number = 2},
    {.name = (char *)"list", .name_size = 4, .number = 3}};

static uint64_t fake_clock(void *context) {
  (void)context;
  return world.now;
}

static int place_of(struct text name) {
  int place = 0;
  while (!text_equals(name, text_of(names[place])))
    place++;
  return place;
}

static void on_occupied(void *context, struct channel *channel,
                        bool is_occupied) {
  int name = place_of(channel_name(channel));
  (void)context;
  MUST(world.is_occupied[name] != is_occupied);
  world.is_occupied[name] = is_occupied;
}

static struct channel *find(int name) {
  return channel_find(&world.registry, text_of(names[name]));
}

static bool is_in(int slot, int name) {
  struct channel *channel = find(name);
  return world.slots[slot] && channel &&
         membership_find(world.slots[slot], channel);
}

/* --- rules --- */

static void choose_rules(unsigned choice) {
  rules[0].presence = choice & 1 ? PRESENCE_COUNT : PRESENCE_NONE;
  rules[1].history_size = choice & 2 ? 4 : 2;
  rules[2].presence = choice & 4 ? PRESENCE_LISTED : PRESENCE_COUNT;
  rules[2].history_size = choice & 8 ? 3 : 0;
  world.config.limits.history_memory = choice & 16 ? 200 : 0;
  world.config.limits.members_listed = choice & 32 ? 2 : 0;
  rules[1].history_time = rules[2].history_time = KEPT_TIME;
}

static void reload(unsigned choice) {
  choose_rules(choice);
  channels_use_rules(&world.registry);
}

/* --- who comes and goes --- */

static void open_slot(int slot, unsigned who) {
  static const char head[] = "GET / HTTP/1.1\r\n\r\n";
  static const char *const ids[USERS] = {"a", "b", "c"};
  if (!world.slots[slot])
    world.slots[slot] =
        connection_open(&world.registry, head_new(head, sizeof head - 1));
  struct connection *connection = world.slots[slot];
  if (connection->user || who % (USERS + 1) == 0) return; /* stays a guest */
  struct text id = text_of(ids[who % (USERS + 1) - 1]);
  struct user *user = user_find(&world.registry, id);
  user_join(user ? user : user_add(&world.registry, id, false), connection);
}

static void end_wait(struct wait *wait) {
  if (wait->is_on) joining_end(&wait->joining);
  wait->is_on = false;
}

static void note_loss(int slot) {
  for (int name = 0; name < NAMES; name++) {
    if (is_in(slot, name)) world.used_until[name] = world.now + OFFLINE;
  }
}

static void close_slot(int slot) {
  if (!world.slots[slot]) return;
  note_loss(slot);
  connection_closed(world.slots[slot]);
  world.slots[slot] = NULL;
  world.expected_count[slot] = 0;
  for (int name = 0; name < NAMES; name++)
    end_wait(&world.waits[slot][name]);
}

static void leave(int slot, int name) {
  struct channel *channel = find(name);
  if (!is_in(slot, name)) return;
  MUST(channel_leave(channel, world.slots[slot], LEAVING_LEFT));
  MUST(!membership_find(world.slots[slot], channel));
  end_wait(&world.waits[slot][name]);
  world.views[slot][name].is_on = false;
}

/* --- joining --- */

static void expect(int slot, const char *text) {
  memcpy(world.expected[slot][world.expected_count[slot]++], text, TEXT);
}

static void check_kept(const struct bus_answer *answer, int name) {
  char text[TEXT];
  for (size_t i = 0; i < answer->kept_count; i++) {
    const struct bus_kept *kept = &answer->kept[i];
    MUST(i == 0 || kept->position == answer->kept[i - 1].position + 1);
    MUST(kept->position <= answer->position);
    snprintf(text, sizeof text, "\"m\",%d", world.kept[name][kept->position]);
    MUST(text_equals(kept->message, text_of(text)));
  }
}

/* As the session does: the state, then what came meanwhile. */
static void on_state(struct bus_call *call, const struct bus_answer *answer) {
  struct wait *wait = owner_of(call, struct wait, call);
  int slot = wait->slot, name = wait->name;
  struct channel *channel = wait->joining.channel;
  MUST(!answer->word && channel);
  check_kept(answer, name);
  if (answer->epoch && answer->epoch == world.epochs[name])
    MUST(answer->position == world.positions[name]);
  struct message *joined =
      view_joined(channel->presence, world.slots[slot]->id, names[name]);
  connection_send(world.slots[slot], joined);
  message_unref(joined);
  for (int i = 0; i < wait->count; i++) {
    if (wait->positions[i] == 0 || wait->positions[i] > answer->position)
      expect(slot, wait->held[i]);
  }
  joining_finish(&wait->joining, world.slots[slot], 1, answer->position);
  wait->is_on = false;
}

static void finish(int slot, int name) {
  struct wait *wait = &world.waits[slot][name];
  if (!wait->is_on) return;
  wait->call.on_answer = on_state;
  struct bus_read read = {.channel = text_of(names[name]), .limit = 3};
  bus_read(world.bus, &wait->call, &read);
}

static void join(int slot, int name, unsigned choice) {
  char info[16] = "";
  struct wait *wait = &world.waits[slot][name];
  if (!world.slots[slot] || wait->is_on) return;
  if (choice % 4) snprintf(info, sizeof info, "{\"n\":%u}", choice % 4);
  struct channel *channel = channel_open(&world.registry, text_of(names[name]));
  MUST(channel_join(channel, world.slots[slot], text_of(info)) == JOIN_DONE);
  wait->slot = slot;
  wait->name = name;
  wait->is_on = true;
  wait->count = 0;
  MUST(joining_begin(&wait->joining, channel, world.slots[slot]));
  if (choice & 16) finish(slot, name);
}

/* --- messages --- */

static struct {
  int name;
  char printed[TEXT]; /* as its receivers get it */
} publishing;

static void note_kept(const struct bus_answer *answer, int name) {
  if (answer->position == 0) return;
  if (answer->epoch == world.epochs[name])
    MUST(answer->position == world.positions[name] + 1);
  else
    MUST(answer->position == 1);
  world.epochs[name] = answer->epoch;
  world.positions[name] = answer->position;
  world.kept[name][answer->position] = world.said;
}

static void on_published(struct bus_call *call,
                         const struct bus_answer *answer) {
  char text[TEXT] = "";
  int name = publishing.name;
  (void)call;
  MUST(!answer->word);
  note_kept(answer, name);
  int size = snprintf(text, sizeof text, "[\"m\",%d,null,\"%s\"", world.said,
                      names[name]);
  if (answer->position > 0)
    snprintf(text + size, sizeof text - (size_t)size, ",%d]",
             (int)answer->position);
  else
    snprintf(text + size, sizeof text - (size_t)size, "]");
  memcpy(publishing.printed, text, TEXT);
}

static void publish(int name, unsigned choice) {
  char text[TEXT];
  struct bus_call call = {on_published};
  const struct connection *except = world.slots[choice % SLOTS];
  if (++world.said >= LONGEST - 1) return;
  snprintf(text, sizeof text, "\"m\",%d", world.said);
  struct bus_publish what = {text_of(names[name]), text_of(text),
                             !(choice & 16),
                             choice & 32 && except ? except->id : 0};
  publishing.name = name;
  bus_publish(world.bus, &call, &what);
  for (int slot = 0; slot < SLOTS; slot++) {
    struct wait *wait = &world.waits[slot][name];
    if (!is_in(slot, name) || world.slots[slot]->id == what.except) continue;
    if (!wait->is_on) {
      expect(slot, publishing.printed);
      continue;
    }
    memcpy(wait->held[wait->count], publishing.printed, TEXT);
    wait->positions[wait->count++] =
        what.is_kept && find(name)->history ? world.positions[name] : 0;
  }
}

/* --- reading --- */

static struct {
  int name;
  struct bus_read read;
} reading;

static void on_recovered(struct bus_call *call,
                         const struct bus_answer *answer) {
  const struct bus_read *read = &reading.read;
  (void)call;
  check_kept(answer, reading.name);
  if (!read->is_recovery) {
    if (read->limit > 0) MUST(answer->kept_count <= read->limit);
    for (size_t i = 0; i < answer->kept_count; i++) {
      uint64_t position = answer->kept[i].position;
      MUST(position > read->after);
      MUST(read->before == 0 || position < read->before);
    }
  } else if (answer->is_recovered) {
    MUST(read->epoch == answer->epoch);
    MUST(answer->kept_count == answer->position - read->after);
  } else {
    MUST(answer->kept_count == 0);
  }
}

static void read_some(int name, unsigned choice, unsigned after) {
  struct bus_call call = {on_recovered};
  reading.name = name;
  reading.read = (struct bus_read){.channel = text_of(names[name]),
                                   .after = after % 16,
                                   .before = choice % 16,
                                   .limit = choice / 16 % 4,
                                   .from_start = choice & 64};
  if (choice & 128) {
    reading.read.is_recovery = true;
    reading.read.before = 0;
    reading.read.after = world.positions[name] + 2 - after % 8;
    if (reading.read.after > world.positions[name] + 2) reading.read.after = 0;
    reading.read.epoch = world.epochs[name];
  }
  bus_read(world.bus, &call, &reading.read);
}

static void on_cleared(struct bus_call *call, const struct bus_answer *answer) {
  (void)call;
  MUST(!answer->word);
}

static void clear(int name) {
  struct bus_call call = {on_cleared};
  bus_clear(world.bus, &call, text_of(names[name]));
}

/* --- the end of a turn --- */

static void read_outbox(int slot) {
  struct outbox *outbox = &world.slots[slot]->outbox;
  int next = 0;
  while (outbox->first) {
    const struct message *message = outbox->first->message;
    struct text text = {message->bytes, message->size};
    int name;
    if (view_scan_name(text, names, NAMES, &name)) {
      view_take(&world.views[slot][name], text);
    } else {
      MUST(next < world.expected_count[slot]);
      MUST(text_equals(text, text_of(world.expected[slot][next++])));
    }
    outbox_pop(outbox);
  }
  MUST(next == world.expected_count[slot]);
  world.expected_count[slot] = 0;
}

static void check_channel(int name) {
  const struct channel *channel = find(name);
  uint32_t seats = 0;
  for (int slot = 0; slot < SLOTS; slot++) {
    if (!is_in(slot, name)) continue;
    seats++;
    if (!world.waits[slot][name].is_on)
      view_check(&world.views[slot][name], channel->presence);
  }
  MUST(!channel || channel->seat_count == seats);
  MUST(world.is_occupied[name] ||
       (seats == 0 && (!channel || !channel_is_used(channel))));
  if (seats == 0 && world.now >= world.used_until[name])
    MUST(!world.is_occupied[name]);
}

static void end_turn(void) {
  channels_flush(&world.registry);
  for (int slot = 0; slot < SLOTS; slot++) {
    if (world.slots[slot]) read_outbox(slot);
  }
  for (int name = 0; name < NAMES; name++)
    check_channel(name);
  registry_reap(&world.registry);
}

static void pass(uint64_t milliseconds) {
  end_turn();
  world.now += milliseconds;
  timers_run(&world.timers);
  end_turn();
}

/* --- the story --- */

static void step(struct input *input) {
  unsigned what = input_take(input), choice = input_take(input);
  int slot = (int)(what / 16 % SLOTS), name = (int)(choice % NAMES);
  switch (what % 16) {
  case 0:
  case 1:
    open_slot(slot, choice);
    break;
  case 2:
    close_slot(slot);
    break;
  case 3:
  case 4:
  case 5:
    join(slot, name, choice / NAMES);
    break;
  case 6:
    leave(slot, name);
    break;
  case 7:
  case 8:
    publish(name, choice / NAMES);
    break;
  case 9:
    finish(slot, name);
    break;
  case 10:
    pass(choice);
    break;
  case 11:
    reload(choice);
    break;
  case 12:
    clear(name);
    break;
  case 13:
    read_some(name, input_take(input), choice / NAMES);
    break;
  default:
    end_turn();
  }
}

static void open_world(unsigned choice) {
  memset(&world, 0, sizeof world);
  world.config.offline_after = OFFLINE;
  world.config.channels = (struct channel_rules){rules, 3, 3};
  choose_rules(choice);
  world.now = 1000;
  timers_open(&world.timers, fake_clock, NULL);
  registry_open(&world.registry, &world.config, &world.timers);
  world.registry.channels.on_occupied = on_occupied;
  world.bus = memory_bus_new(&world.registry);
}

/* All go, and after their time nothing is left. */
static void close_world(void) {
  for (int slot = 0; slot < SLOTS; slot++)
    close_slot(slot);
  pass(OFFLINE);
  pass(KEPT_TIME);
  pass(1000);
  size_t cursor = 0;
  MUST(!channels_next(&world.registry, &cursor));
  MUST(world.registry.channels.histories.bytes == 0);
  for (int name = 0; name < NAMES; name++)
    MUST(!world.is_occupied[name]);
  bus_close(world.bus);
  registry_close(&world.registry);
  timers_close(&world.timers);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  open_world(input_take(&input));
  while (input.size > 0 && world.said < LONGEST - 2)
    step(&input);
  close_world();
  return 0;
}

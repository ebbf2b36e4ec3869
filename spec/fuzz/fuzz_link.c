/*
** What one process says to the other while one takes the other's place. A frame
** is taken whole or not at all, and whatever it says: the channels hold
** together, each call is answered once, and the end frees everything.
*/
#include "fuzz.h"

#include "bus/bus.h"
#include "bus/histories.h"
#include "bus/hub.h"
#include "bus/link.h"
#include "bus/memory.h"
#include "bus/relay.h"
#include "lib/buffer.h"
#include "lib/log.h"
#include "lib/timers.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/membership.h"
#include "model/presence.h"
#include "model/registry.h"
#include "model/user.h"

static struct channel_rule rules[] = {{.name = (char *)"list:",
                                       .name_size = 5,
                                       .is_prefix = true,
                                       .presence = PRESENCE_LISTED,
                                       .history_size = 3,
                                       .history_time = 60000,
                                       .number = 1}};

static struct config config = {.offline_after = 5000,
                               .channels = {rules, 1, 0}};
static struct timers timers;
static uint64_t now = 1000;
static struct registry registry;
static struct bus *bus;
static struct buffer out;
static struct histories_reader reader;
static bool is_done; /* the channels have come over: turns may end */
static int asked, answered;

static uint64_t fake_clock(void *context) {
  (void)context;
  return now;
}

static void on_answer(struct bus_call *call, const struct bus_answer *answer) {
  (void)call;
  MUST(answer->kept_count == 0 || answer->kept);
  answered++;
}

static struct bus_call calls[4] = {
    {on_answer}, {on_answer}, {on_answer}, {on_answer}};

static void join_somebody(void) {
  static const char head[] = "GET / HTTP/1.1\r\n\r\n";
  struct connection *connection =
      connection_open(&registry, head_new(head, sizeof head - 1));
  user_join(user_add(&registry, text_of("ada"), false), connection);
  channel_join(channel_open(&registry, text_of("list:a")), connection,
               (struct text){0});
}

static void ask_all(void) {
  struct text name = text_of("list:a");
  struct bus_publish publish = {name, text_of("\"said\",1"), true, 0};
  struct bus_read read = {.channel = name, .limit = 2};
  asked = 4;
  answered = 0;
  bus_publish(bus, &calls[0], &publish);
  bus_read(bus, &calls[1], &read);
  bus_ask_who(bus, &calls[2], name);
  bus_clear(bus, &calls[3], name);
}

static bool take_in_hub(struct link_frame *frame) {
  if (is_done) return hub_received(bus, frame);
  if (frame->kind == LINK_CHANNEL)
    return histories_take_channel(&reader, frame);
  if (frame->kind == LINK_KEPT) return histories_take_kept(&reader, frame);
  if (frame->kind != LINK_DONE) return hub_received(bus, frame);
  hub_begin(bus, &out);
  is_done = reader.left == 0 && link_is_taken(frame);
  return is_done;
}

static bool take_in_relay(struct link_frame *frame) {
  return relay_received(bus, frame);
}

static void check_channels(void) {
  size_t cursor = 0;
  const struct channel *channel;
  if (is_done) channels_flush(&registry);
  while ((channel = channels_next(&registry, &cursor))) {
    MUST(channel_name_is_valid(channel_name(channel)));
    if (channel->history) MUST(channel->history->count <= 3);
    if (channel->presence)
      MUST(channel->presence->here <= channel->presence->by_id.count);
  }
}

/* No beginning of a frame is a frame, or refused where the whole is not. */
static void check_parts(const char *bytes, size_t size) {
  struct link_frame frame;
  size_t used;
  for (size_t part = 0; part < size && part < 64; part++) {
    char *copy = copy_exactly(bytes, part);
    MUST(link_read((struct text){copy, part}, &frame, &used) == LINK_PART);
    free(copy);
  }
}

static void take_frames(const char *bytes, size_t size,
                        bool (*take)(struct link_frame *frame)) {
  struct link_frame frame;
  size_t done = 0, used = 0;
  while (done < size) {
    struct text rest = {bytes + done, size - done};
    if (link_read(rest, &frame, &used) != LINK_WHOLE) return;
    MUST(used <= rest.size);
    check_parts(rest.bytes, used);
    if (!take(&frame)) return;
    check_channels();
    done += used;
  }
}

static void open_scene(bool is_hub) {
  timers_open(&timers, fake_clock, NULL);
  registry_open(&registry, &config, &timers);
  config.limits.members_listed = 10;
  reader = (struct histories_reader){.registry = &registry};
  is_done = !is_hub;
  bus = is_hub ? hub_bus_new(&registry) : memory_bus_new(&registry);
  join_somebody();
  if (!is_hub) bus = relay_bus_new(&registry, bus, &out);
  ask_all();
}

static void close_relay_scene(bool is_undone) {
  struct bus *inner = relay_inner(bus);
  if (is_undone && !relay_is_settled(bus)) {
    relay_undo(bus);
    bus = inner;
  } else {
    relay_lost(bus);
    while (registry.channels.histories.count > 0)
      relay_forget_some(bus);
  }
}

static void close_hub_scene(bool is_lost) {
  if (!is_lost) return;
  hub_lost(bus);
  check_channels();
  now += 6000;
  timers_run(&timers);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  unsigned choice = input_take(&input);
  bool is_hub = choice & 1;
  char *copy = copy_exactly(input.bytes, input.size);
  log_open(LOG_ERROR, LOG_TEXT);
  open_scene(is_hub);
  take_frames(copy, input.size, is_hub ? take_in_hub : take_in_relay);
  if (is_hub)
    close_hub_scene(choice & 2);
  else
    close_relay_scene(choice & 2);
  MUST(answered == asked);
  if (!is_done) histories_give_up(&reader);
  is_done = true;
  check_channels();
  bus_close(bus);
  registry_close(&registry);
  timers_close(&timers);
  buffer_free(&out);
  free(copy);
  return 0;
}

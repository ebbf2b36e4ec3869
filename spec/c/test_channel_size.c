/* What channels take of the memory. The sizes of the structs are bounded here,
   so that they do not grow by accident; where no sanitizer has taken malloc's
   place, so are the bytes that a channel, a member and a kept message take, and
   they are printed. */
#include "bus/bus.h"
#include "bus/memory.h"
#include "lib/timers.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/history.h"
#include "model/membership.h"
#include "model/presence.h"
#include "model/registry.h"
#include "model/user.h"

#include "check.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
enum { MEASURES = 0 };
#else
enum { MEASURES = 1 };
#endif

enum { COUNT = 10000, TEXT_SIZE = 100 };

static struct config config;
static struct timers timers;
static struct registry registry;
static struct bus *bus;
static struct connection *connections[COUNT];

static struct channel_rule rules[] = {
    {.name = "here:",
     .name_size = 5,
     .is_prefix = true,
     .presence = PRESENCE_LISTED,
     .number = 1},
    {.name = "kept:",
     .name_size = 5,
     .is_prefix = true,
     .history_size = 1000,
     .history_time = 60000,
     .number = 2},
};

static uint64_t fake_clock(void *context) {
  (void)context;
  return 1000;
}

static void set_up(void) {
  static const char head[] = "GET / HTTP/1.1\r\n\r\n";
  config = (struct config){.offline_after = 5000, .channels = {rules, 2, 0}};
  timers_open(&timers, fake_clock, NULL);
  registry_open(&registry, &config, &timers);
  bus = memory_bus_new(&registry);
  for (unsigned i = 0; i < COUNT; i++) {
    char id[16];
    snprintf(id, sizeof id, "%u", 100000 + i);
    connections[i] =
        connection_open(&registry, head_new(head, sizeof head - 1));
    user_join(user_add(&registry, text_of(id), false), connections[i]);
  }
}

static void tear_down(void) {
  bus_close(bus);
  registry_close(&registry);
  timers_close(&timers);
}

static size_t allocated(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static void join(unsigned i, const char *kind, unsigned channel) {
  char name[32];
  snprintf(name, sizeof name, "%s%u", kind, channel);
  struct text info = text_of("{\"name\":\"Ada\"}");
  struct channel *made = channel_open(&registry, text_of(name));
  bool is_here = strcmp(kind, "here:") == 0;
  CHECK(channel_join(made, connections[i], is_here ? info : text_of("")) ==
        JOIN_DONE);
}

static void leave_all(void) {
  for (unsigned i = 0; i < COUNT; i++)
    connection_leave_channels(connections[i], LEAVING_LEFT);
  channels_flush(&registry);
}

/* Prints and bounds what each of COUNT took. */
static void check_bytes(const char *what, size_t before, double most) {
  double bytes = (double)(allocated() - before) / COUNT;
  printf("%-45s %6.1f bytes\n", what, bytes);
  CHECK_CASE(bytes <= most, what);
}

static void drop_messages(void) {
  for (unsigned i = 0; i < COUNT; i++) {
    while (connections[i]->outbox.first)
      outbox_pop(&connections[i]->outbox);
  }
}

/* Outboxes keep places of messages for all connections together: that is not
   the channels'. */
static void fill_stocks(void) {
  for (unsigned i = 0; i < COUNT; i++)
    join(i, "here:", 0);
  channels_flush(&registry);
  drop_messages();
  leave_all();
}

/* Each connection in a channel of its own, then all in one. */
static void measure_members(const char *kind, double first, double more) {
  char what[64];
  size_t before = allocated();
  for (unsigned i = 0; i < COUNT; i++)
    join(i, kind, 100000 + i);
  channels_flush(&registry);
  drop_messages();
  snprintf(what, sizeof what, "%s a channel of one member", kind);
  check_bytes(what, before, first);
  leave_all();
  before = allocated();
  for (unsigned i = 0; i < COUNT; i++)
    join(i, kind, 0);
  channels_flush(&registry);
  drop_messages();
  snprintf(what, sizeof what, "%s each member of one channel", kind);
  check_bytes(what, before, more);
  leave_all();
}

static void on_published(struct bus_call *call,
                         const struct bus_answer *answer) {
  (void)call;
  CHECK(answer->position > 0);
}

static void measure_history(void) {
  char message[TEXT_SIZE];
  struct bus_call call = {.on_answer = on_published};
  memset(message, 'x', sizeof message);
  size_t before = allocated();
  for (unsigned i = 0; i < COUNT; i++) {
    char name[32];
    snprintf(name, sizeof name, "kept:%u", i % (COUNT / 100));
    bus_publish(bus, &call,
                &(struct bus_publish){.channel = text_of(name),
                                      .message = {message, sizeof message},
                                      .is_kept = true});
  }
  check_bytes("a message of 100 bytes in a history of 100", before, 144);
}

static void test_structs(void) {
  CHECK(sizeof(struct seat) <= 16);
  CHECK(sizeof(struct membership) <= 16);
  CHECK(sizeof(struct channel) <= 120);
  CHECK(sizeof(struct member) <= 80);
  CHECK(sizeof(struct presence) <= 168);
  CHECK(sizeof(struct history) <= 144);
  CHECK(sizeof(struct kept_message) <= 16);
  printf("channel %zu seat %zu member %zu presence %zu history %zu\n",
         sizeof(struct channel), sizeof(struct seat), sizeof(struct member),
         sizeof(struct presence), sizeof(struct history));
}

int main(void) {
  test_structs();
  if (!MEASURES) return check_report();
  set_up();
  fill_stocks();
  /* The connection has room for its first membership: 16 bytes that belong to
     what is wanted, 200 and 40. */
  measure_members("room:", 184, 24);
  measure_members("here:", 540, 180);
  measure_history();
  tear_down();
  return check_report();
}

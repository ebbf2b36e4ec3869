/* Two processes in one program: a hub and a relay, and the bytes between them.
   What is said in one is heard in both, and what breaks loses nobody who is
   left. */
#include "bus/bus.h"
#include "bus/histories.h"
#include "bus/hub.h"
#include "bus/link.h"
#include "bus/memory.h"
#include "bus/relay.h"
#include "lib/buffer.h"
#include "lib/timers.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/membership.h"
#include "model/presence.h"
#include "model/registry.h"
#include "model/user.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static struct config config;
static struct timers timers;
static uint64_t now;

/* A process. */
struct process {
  struct registry registry;
  struct bus *bus;
  struct buffer out; /* for the other one */
  char hooks[256];   /* what on_occupied was told: "+a-a" */
};

static struct process old, new;

static uint64_t fake_clock(void *context) {
  (void)context;
  return now;
}

/* Adds text to a list of `most` bytes. */
static void add_text(char *list, size_t most, const char *text, size_t size) {
  size_t length = strlen(list);
  CHECK(length + size < most);
  if (length + size >= most) return;
  memcpy(list + length, text, size);
  list[length + size] = '\0';
}

#define ADD(list, text) add_text(list, sizeof(list), text, strlen(text))

static void on_occupied(void *context, struct channel *channel,
                        bool is_occupied) {
  struct process *process =
      owner_of(channel->registry, struct process, registry);
  (void)context;
  ADD(process->hooks, is_occupied ? "+" : "-");
  ADD(process->hooks, channel->name);
}

static struct channel_rule rules[] = {
    {.name = (char *)"plain", .name_size = 5, .number = 1},
    {.name = (char *)"list:",
     .name_size = 5,
     .is_prefix = true,
     .presence = PRESENCE_LISTED,
     .history_size = 3,
     .history_time = 60000,
     .number = 2}};

static void open_process(struct process *process) {
  memset(process, 0, sizeof *process);
  registry_open(&process->registry, &config, &timers);
  process->registry.channels.on_occupied = on_occupied;
}

static void set_up(void) {
  config = (struct config){.offline_after = 5000, .channels = {rules, 2, 1}};
  config.limits.channels = 9;
  config.limits.members_listed = 10;
  now = 1000;
  timers_open(&timers, fake_clock, NULL);
  open_process(&old);
  open_process(&new);
  new.registry.next_id += 1 << 20;
  old.bus = memory_bus_new(&old.registry);
  new.bus = hub_bus_new(&new.registry);
}

static void tear_down(void) {
  struct process *both[] = {&old, &new};
  for (int i = 0; i < 2; i++) {
    bus_close(both[i]->bus);
    registry_close(&both[i]->registry);
    buffer_free(&both[i]->out);
  }
  timers_close(&timers);
}

static void turn(void) {
  struct process *both[] = {&old, &new};
  for (int i = 0; i < 2; i++) {
    channels_flush(&both[i]->registry);
    registry_reap(&both[i]->registry);
  }
}

/* --- what is said between them --- */

static struct histories_reader reader;

static bool take_in_new(struct link_frame *frame) {
  if (frame->kind == LINK_CHANNEL)
    return histories_take_channel(&reader, frame);
  if (frame->kind == LINK_KEPT) return histories_take_kept(&reader, frame);
  if (frame->kind != LINK_DONE) return hub_received(new.bus, frame);
  hub_begin(new.bus, &new.out);
  return true;
}

static bool take_in_old(struct link_frame *frame) {
  return relay_received(old.bus, frame);
}

/* Gives on what one has said. Returns how many frames it was. */
static int give(struct buffer *out, bool (*take)(struct link_frame *frame)) {
  struct buffer said = *out;
  struct link_frame frame;
  size_t done = 0, size = 0;
  int count = 0;
  *out = (struct buffer){0};
  while (done < said.size) {
    struct text rest = {said.bytes + done, said.size - done};
    if (!CHECK(link_read(rest, &frame, &size) == LINK_WHOLE)) break;
    CHECK(take(&frame));
    done += size;
    count++;
  }
  buffer_free(&said);
  return count;
}

/* Until nobody has anything to say. */
static void talk(void) {
  while (give(&old.out, take_in_new) + give(&new.out, take_in_old) > 0)
    turn();
  turn();
}

static void pass(uint64_t milliseconds) {
  now += milliseconds;
  timers_run(&timers);
  turn();
  talk();
}

/* The moment of change; what the old one says is still on its way. */
static void change(void) {
  reader = (struct histories_reader){.registry = &new.registry};
  struct histories_writer writer;
  histories_begin(&writer, &old.registry, &old.out);
  while (!histories_write(&writer, &old.out, 1))
    ;
  struct bus *relay = relay_bus_new(&old.registry, old.bus, &old.out);
  CHECK(relay);
  old.bus = relay;
  link_end(&old.out, link_begin(&old.out, LINK_DONE));
}

static void settle(void) {
  relay_settle(old.bus);
  talk();
}

/* --- who does something --- */

static struct connection *open_user(struct process *process, const char *id) {
  static const char head[] = "GET / HTTP/1.1\r\n\r\n";
  struct registry *registry = &process->registry;
  struct connection *connection =
      connection_open(registry, head_new(head, sizeof head - 1));
  if (!id) return connection;
  struct user *user = user_find(registry, text_of(id));
  if (!user) user = user_add(registry, text_of(id), false);
  user_join(user, connection);
  return connection;
}

static void join(struct connection *connection, const char *name) {
  struct channel *channel = channel_open(connection->registry, text_of(name));
  CHECK(channel_join(channel, connection, (struct text){0}) == JOIN_DONE);
}

static void leave(struct connection *connection, const char *name) {
  struct channel *channel = channel_find(connection->registry, text_of(name));
  CHECK(channel && channel_leave(channel, connection, LEAVING_LEFT));
}

static char said[256]; /* the answers: "1 2 cluster" */
static char who[256];  /* the members of the last one: "ada bob " */
static uint32_t connections;

static void on_answer(struct bus_call *call, const struct bus_answer *answer) {
  char text[32];
  snprintf(text, sizeof text, "%llu ", (unsigned long long)answer->position);
  ADD(said, answer->word ? answer->word : text);
  if (answer->word) ADD(said, " ");
  who[0] = '\0';
  for (size_t i = 0; i < answer->member_count; i++) {
    add_text(who, sizeof who, answer->members[i].id.bytes,
             answer->members[i].id.size);
    ADD(who, " ");
  }
  connections = answer->connections;
  free(call);
}

static struct bus_call *new_call(void) {
  struct bus_call *call = malloc(sizeof *call);
  if (!call) abort();
  call->on_answer = on_answer;
  return call;
}

static void publish(struct process *process, const char *name,
                    const char *text) {
  struct bus_publish what = {text_of(name), text_of(text), true, 0};
  bus_publish(process->bus, new_call(), &what);
}

static void ask_who(struct process *process, const char *name) {
  bus_ask_who(process->bus, new_call(), text_of(name));
}

#define ANSWERS(expected)                                                      \
  do {                                                                         \
    CHECK_CASE(strcmp(said, expected) == 0, said);                             \
    said[0] = '\0';                                                            \
  } while (0)

#define HOOKS(process, expected)                                               \
  CHECK_CASE(strcmp((process).hooks, expected) == 0, (process).hooks)

/* All that a connection was sent since the last call. */
static const char *sent(struct connection *connection) {
  static char text[4096];
  size_t size = 0;
  turn();
  while (connection->outbox.first) {
    const struct message *message = connection->outbox.first->message;
    memcpy(text + size, message->bytes, message->size);
    size += message->size;
    outbox_pop(&connection->outbox);
  }
  text[size] = '\0';
  return text;
}

#define SENT(connection, expected)                                             \
  do {                                                                         \
    const char *was = sent(connection);                                        \
    CHECK_CASE(strcmp(was, expected) == 0, was);                               \
  } while (0)

static uint32_t count(const struct process *process, const char *name) {
  const struct channel *channel =
      channel_find(&process->registry, text_of(name));
  return channel && channel->presence ? presence_count(channel->presence) : 0;
}

/* --- the tests --- */

static void test_one_row_of_positions(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada");
  join(ada, "list:a");
  for (int i = 1; i <= 5; i++)
    publish(&old, "list:a", "\"said\",0");
  ANSWERS("1 2 3 4 5 ");
  change();
  publish(&old, "list:a", "\"said\",6"); /* waits for the new process */
  ANSWERS("");
  settle();
  ANSWERS("6 ");
  CHECK(reader.channels == 1 && reader.messages == 3);
  struct connection *bob = open_user(&new, "bob");
  join(bob, "list:a");
  talk();
  sent(ada);
  sent(bob);
  publish(&new, "list:a", "\"said\",7");
  publish(&old, "list:a", "\"said\",8");
  talk();
  ANSWERS("7 8 ");
  SENT(ada, "[\"said\",7,null,\"list:a\",7][\"said\",8,null,\"list:a\",8]");
  SENT(bob, "[\"said\",7,null,\"list:a\",7][\"said\",8,null,\"list:a\",8]");
  while (old.registry.channels.histories.count > 0)
    relay_forget_some(old.bus);
  CHECK(old.registry.channels.histories.bytes == 0);
  CHECK(new.registry.channels.histories.count == 3);
  tear_down();
}

static void test_early_messages_come_behind(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada");
  join(ada, "list:a");
  publish(&old, "list:a", "\"said\",1");
  publish(&new, "list:a", "\"said\",2"); /* by a script that has loaded */
  change();
  settle();
  const struct history *history =
      channel_find(&new.registry, text_of("list:a"))->history;
  CHECK(history->position == 2 && history->count == 2);
  CHECK(history->epoch ==
        channel_find(&old.registry, text_of("list:a"))->history->epoch);
  said[0] = '\0';
  tear_down();
}

static void test_half_a_history(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada");
  join(ada, "list:a");
  for (int i = 1; i <= 3; i++)
    publish(&old, "list:a", "\"said\",0");
  change();
  struct link_frame frame;
  size_t done = 0, size = 0;
  for (int i = 0; i < 3; i++) { /* the channel, and two of three messages */
    struct text rest = {old.out.bytes + done, old.out.size - done};
    CHECK(link_read(rest, &frame, &size) == LINK_WHOLE && take_in_new(&frame));
    done += size;
  }
  CHECK(new.registry.channels.histories.count == 2);
  histories_give_up(&reader); /* its positions would come again */
  turn();
  CHECK(new.registry.channels.histories.count == 0);
  CHECK(!channel_find(&new.registry, text_of("list:a")));
  said[0] = '\0';
  tear_down();
}

static void test_presence_is_of_both(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada");
  join(ada, "list:a");
  change();
  settle();
  struct connection *bob = open_user(&new, "bob");
  struct connection *guest = open_user(&new, NULL);
  join(bob, "list:a");
  join(guest, "list:a");
  talk();
  CHECK(count(&old, "list:a") == 3 && count(&new, "list:a") == 3);
  ask_who(&old, "list:a");
  talk();
  CHECK_CASE(strcmp(who, "ada bob ") == 0, who);
  CHECK(connections == 3);
  /* One user in both is there once, and until it has left both. */
  struct connection *tab = open_user(&new, "ada");
  join(tab, "list:a");
  talk();
  CHECK(count(&old, "list:a") == 3);
  leave(ada, "list:a");
  talk();
  CHECK(count(&new, "list:a") == 3);
  leave(tab, "list:a");
  talk();
  CHECK(count(&new, "list:a") == 2);
  said[0] = '\0';
  tear_down();
}

static void test_who_is_back_at_once(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada"),
                    *bob = open_user(&old, "bob");
  join(ada, "list:a");
  join(bob, "list:a");
  change();
  settle();
  sent(ada);
  sent(bob);
  leave(ada, "list:a");
  give(&old.out, take_in_new); /* the answer is on its way */
  join(ada, "list:a");
  give(&new.out, take_in_old);
  SENT(ada, "");
  talk();
  SENT(bob, "");
  CHECK(count(&old, "list:a") == 2 && count(&new, "list:a") == 2);
  tear_down();
}

static void test_users_who_are_lost(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada");
  join(ada, "list:a");
  change();
  settle();
  struct connection *bob = open_user(&new, "bob");
  join(bob, "list:a");
  talk();
  sent(bob);
  connection_closed(ada);
  talk();
  pass(4000);
  struct connection *again = open_user(&new, "ada");
  join(again, "list:a");
  talk();
  pass(4000); /* in the old process it is gone now */
  SENT(bob, "");
  CHECK(count(&new, "list:a") == 2);
  tear_down();
}

static void test_hooks_are_the_new_ones(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada");
  join(ada, "list:a");
  turn();
  HOOKS(old, "+list:a");
  change();
  settle();
  struct connection *bob = open_user(&new, "bob");
  join(bob, "list:a");
  join(ada, "plain");
  talk();
  HOOKS(new, "+plain");
  leave(bob, "list:a");
  talk();
  HOOKS(new, "+plain");
  leave(ada, "list:a");
  leave(ada, "plain");
  talk();
  CHECK(strstr(new.hooks, "-list:a") && strstr(new.hooks, "-plain"));
  CHECK(strlen(new.hooks) == strlen("+plain-list:a-plain"));
  HOOKS(old, "+list:a");
  tear_down();
}

static void test_new_one_dies_early(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada");
  join(ada, "list:a");
  publish(&old, "list:a", "\"said\",1");
  change();
  struct connection *bob = open_user(&old, "bob");
  join(bob, "list:a");
  join(bob, "plain");
  publish(&old, "list:a", "\"said\",2");
  ask_who(&old, "list:a");
  leave(ada, "list:a");
  ANSWERS("1 ");
  struct bus *relay = old.bus;
  old.bus = relay_inner(relay);
  relay_undo(relay);
  histories_keep(&old.registry);
  ANSWERS("2 0 ");
  turn();
  CHECK(count(&old, "list:a") == 1);
  HOOKS(old, "+list:a+plain");
  publish(&old, "list:a", "\"said\",3");
  ANSWERS("3 ");
  buffer_clear(&old.out);
  CHECK(old.registry.channels.histories.count == 3);
  pass(60001); /* they expire again */
  CHECK(old.registry.channels.histories.count == 0);
  tear_down();
}

static void test_new_one_dies_later(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada");
  join(ada, "list:a");
  change();
  settle();
  publish(&old, "list:a", "\"said\",1");
  relay_lost(old.bus);
  ANSWERS("cluster ");
  publish(&old, "list:a", "\"said\",2");
  ANSWERS("cluster ");
  leave(ada, "list:a");
  turn();
  CHECK(count(&old, "list:a") == 0);
  buffer_clear(&old.out);
  tear_down();
}

static void test_old_one_dies(void) {
  set_up();
  struct connection *ada = open_user(&old, "ada");
  struct connection *guest = open_user(&old, NULL);
  join(ada, "list:a");
  join(guest, "list:a");
  join(ada, "list:b");
  change();
  settle();
  struct connection *bob = open_user(&new, "bob");
  join(bob, "list:a");
  talk();
  CHECK(count(&new, "list:a") == 3);
  ask_who(&new, "list:a");
  ANSWERS("");
  hub_lost(new.bus);
  ANSWERS("0 ");
  turn();
  CHECK(count(&new, "list:a") == 2); /* the guest is gone */
  relay_lost(old.bus);
  buffer_clear(&old.out);
  buffer_clear(&new.out);
  now += 4000;
  timers_run(&timers);
  turn();
  CHECK(count(&new, "list:a") == 2);
  HOOKS(new, "");
  now += 2000;
  timers_run(&timers);
  turn();
  CHECK(count(&new, "list:a") == 1);
  HOOKS(new, "-list:b");
  tear_down();
}

int main(void) {
  test_one_row_of_positions();
  test_early_messages_come_behind();
  test_half_a_history();
  test_presence_is_of_both();
  test_who_is_back_at_once();
  test_users_who_are_lost();
  test_hooks_are_the_new_ones();
  test_new_one_dies_early();
  test_new_one_dies_later();
  test_old_one_dies();
  return check_report();
}

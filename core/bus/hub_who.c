#include "bus/hub_who.h"

#include "bus/bus.h"
#include "bus/link.h"
#include "bus/link_answer.h"
#include "bus/link_request.h"
#include "lib/map.h"

#include <stdlib.h>
#include <string.h>

/* A call that waits for the peer. */
struct ask {
  struct list_link link;
  struct bus_call own; /* of the memory bus, which answers at once */
  struct bus_call *call;
  uint64_t ticket;
  struct bus_answer *ours; /* NULL: memory ran out */
};

static void on_own(struct bus_call *call, const struct bus_answer *answer) {
  owner_of(call, struct ask, own)->ours = bus_answer_copy(answer);
}

/* Answers and frees it. */
static void finish(struct ask *ask, const struct bus_answer *answer) {
  struct bus_answer failed = {.word = "memory"};
  struct bus_call *call = ask->call;
  list_remove(&ask->link);
  call->on_answer(call, answer ? answer : &failed);
  free(ask->ours);
  free(ask);
}

void hub_ask_who(struct hub_asks *asks, struct bus *memory,
                 struct bus_call *call, struct text channel,
                 struct buffer *out) {
  struct ask *ask = out ? calloc(1, sizeof *ask) : NULL;
  if (!ask) {
    bus_ask_who(memory, call, channel);
    return;
  }
  *ask = (struct ask){
      .own.on_answer = on_own, .call = call, .ticket = ++asks->tickets};
  list_append(&asks->waiting, &ask->link);
  bus_ask_who(memory, &ask->own, channel);
  if (!ask->ours || ask->ours->word)
    finish(ask, ask->ours);
  else
    link_put_request(out, LINK_WHO, ask->ticket, channel);
}

/* --- two answers become one --- */

static bool is_member_with_id(const void *value, const void *key) {
  const struct bus_member *member = value;
  const struct text *id = key;
  return text_equals(member->id, *id);
}

static uint64_t hash_of(struct text id) {
  return map_hash_bytes(id.bytes, id.size, 0);
}

/* Adds those who are not in it yet. */
static bool add_members(struct map *by_id, struct bus_member *all,
                        size_t *count, const struct bus_answer *answer) {
  for (size_t i = 0; i < answer->member_count; i++) {
    const struct bus_member *member = &answer->members[i];
    uint64_t hash = hash_of(member->id);
    if (map_find(by_id, hash, &member->id)) continue;
    all[*count] = *member;
    if (!map_add(by_id, hash, &all[*count])) return false;
    (*count)++;
  }
  return true;
}

static void merge(void *context, const struct bus_answer *theirs) {
  struct ask *ask = context;
  struct bus_answer both = *ask->ours;
  struct map by_id = {.has_key = is_member_with_id};
  size_t most = ask->ours->member_count + theirs->member_count, count = 0;
  struct bus_member *all = most > 0 ? calloc(most, sizeof *all) : NULL;
  bool is_whole =
      most == 0 || (all && add_members(&by_id, all, &count, ask->ours) &&
                    add_members(&by_id, all, &count, theirs));
  if (!is_whole) both.word = "memory";
  both.members = all;
  both.member_count = count;
  both.users = (uint32_t)count;
  both.connections += theirs->connections;
  finish(ask, &both);
  map_close(&by_id);
  free(all);
}

bool hub_asks_take(struct hub_asks *asks, struct link_frame *frame) {
  uint64_t ticket = link_take_number(frame);
  list_each(struct ask, ask, &asks->waiting, link) {
    if (ask->ticket == ticket) return link_take_answer(frame, merge, ask);
  }
  return false;
}

void hub_asks_end(struct hub_asks *asks, const char *word) {
  struct bus_answer closed = {.word = word};
  struct ask *ask;
  while ((ask = list_take_first(&asks->waiting, struct ask, link)))
    finish(ask, word ? &closed : ask->ours);
}

/*
** In each channel one connection sends a message to it, and the next one when
** all of the channel have it and the first is answered. What is counted is each
** connection that heard it.
*/
#include "load.h"
#include "load_fail.h"
#include "load_room.h"

#include <stdlib.h>

struct saying {
  unsigned number, missing;
  bool is_answered;
  uint64_t said_at;
  struct tail tail;
};

static struct saying *sayings;
static unsigned *done; /* channels whose next message may be said */
static unsigned done_count, joined, members;

static void say(struct load *load, unsigned channel, uint64_t now) {
  struct saying *saying = &sayings[channel];
  struct peer *asker = &load->peers[channel];
  unsigned connections = load->options.connections;
  unsigned channels = load->options.channels;
  saying->missing = (connections - channel + channels - 1) / channels;
  saying->is_answered = false;
  saying->said_at = now;
  saying->tail = room_tail(load, saying->number);
  room_say(load, asker, saying->number);
  peer_flush(load, asker);
}

static void start_say(struct load *load, uint64_t now) {
  unsigned channels = load->options.channels;
  sayings = calloc(channels, sizeof *sayings);
  done = calloc(channels, sizeof *done);
  if (!sayings || !done) fail("out of memory: %u channels", channels);
  for (unsigned i = 0; i < channels; i++)
    say(load, i, now);
}

static void ready_say(struct load *load, struct peer *peer) {
  members = load->options.connections;
  room_join(load, peer);
}

static bool is_settled(void) {
  return joined > 0 && joined == members;
}

static void take(struct load *load, struct peer *peer, struct saying *saying,
                 const char *text, size_t size) {
  bool is_said =
      peer->heard == saying->number && saying->missing > 0 &&
      room_is_said(load, peer, text, size, saying->number, &saying->tail);
  if (is_said) {
    peer->heard++;
    saying->missing--;
    load_count(load, saying->said_at);
    return;
  }
  bool is_asker = peer == &load->peers[room_of(load, peer)];
  if (!is_asker || saying->is_answered)
    peer_refuse(peer, text, size, "message to the channel");
  room_take_sent(load, peer, text, size, saying->number);
  saying->is_answered = true;
}

static void text_say(struct load *load, struct peer *peer, const char *text,
                     size_t size) {
  if (!sayings) {
    room_take_joined(load, peer, text, size);
    joined++;
    return;
  }
  unsigned channel = room_of(load, peer);
  struct saying *saying = &sayings[channel];
  take(load, peer, saying, text, size);
  if (saying->missing == 0 && saying->is_answered) done[done_count++] = channel;
}

/* Between events, so that no connection's answer is under way. */
static uint64_t turn_say(struct load *load, uint64_t now) {
  while (done_count > 0) {
    unsigned channel = done[--done_count];
    sayings[channel].number++;
    say(load, channel, now);
  }
  return UINT64_MAX;
}

const struct work work_say = {.start = start_say,
                              .ready = ready_say,
                              .is_settled = is_settled,
                              .text = text_say,
                              .turn = turn_say};

/*
** Questions and answers. "ask": each connection has so many in flight, and asks
** again when one is answered. "open": questions leave at their time, whatever
** the answers do, and an answer's time counts from then: a server that stops
** for a while is charged for all that should have been asked meanwhile.
*/
#include "load.h"

static uint64_t started, sent;

static void start_ask(struct load *load, uint64_t now) {
  for (unsigned i = 0; i < load->options.connections; i++) {
    struct peer *peer = &load->peers[i];
    for (unsigned j = 0; j < load->options.in_flight; j++) {
      peer_ask(load, peer, now);
    }
    peer_flush(load, peer);
  }
}

static void text_ask(struct load *load, struct peer *peer, const char *text,
                     size_t size) {
  peer_take_answer(load, peer, text, size);
  peer_ask(load, peer, load->now);
}

const struct work work_ask = {.start = start_ask, .text = text_ask};

static uint64_t due_at(const struct load *load, uint64_t number) {
  return started + (uint64_t)((double)number * 1e9 / load->options.rate);
}

static void start_open(struct load *load, uint64_t now) {
  (void)load;
  started = now;
}

static uint64_t turn_open(struct load *load, uint64_t now) {
  while (due_at(load, sent) <= now) {
    struct peer *peer = &load->peers[sent % load->options.connections];
    peer_ask(load, peer, due_at(load, sent));
    peer_flush(load, peer);
    sent++;
  }
  return due_at(load, sent);
}

const struct work work_open = {
    .start = start_open, .text = peer_take_answer, .turn = turn_open};

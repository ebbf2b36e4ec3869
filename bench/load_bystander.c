#include "load_bystander.h"

#include "load.h"

static const uint64_t INTERVAL = 5000000; /* nanoseconds: 200 a second */

static uint64_t due;

uint64_t bystander_turn(struct load *load, uint64_t now) {
  struct peer *peer = &load->peers[load->peer_count - 1];
  if (due == 0) due = now;
  for (; due <= now; due += INTERVAL)
    peer_ask(load, peer, due);
  peer_flush(load, peer);
  return due;
}

void bystander_text(struct load *load, struct peer *peer, const char *text,
                    size_t size) {
  if (peer->asked == peer->answered ||
      !template_matches(&load->speak.answer, text, size, peer->answered,
                        peer->number)) {
    peer_refuse(peer, text, size, "answer to the bystander");
  }
  uint64_t since = peer->asked_at[peer->answered++ % PEER_RING];
  bool is_timed = since >= load->timed_since && since <= load->timed_until;
  if (!is_timed || since < load->counting_since) return;
  histogram_record(&load->bystander, load->now > since ? load->now - since : 0);
}

/*
** One connection asks for something that all are told, itself included, and
** asks again when everybody has heard it and the question is answered. What is
** counted is each connection that heard it.
*/
#include "load.h"

static struct {
  unsigned round, missing;
  bool is_answered;
  uint64_t asked_at;
} telling;

static void ask(struct load *load, uint64_t now) {
  struct peer *asker = &load->peers[0];
  telling.round = asker->asked;
  telling.missing = load->options.connections;
  telling.is_answered = false;
  telling.asked_at = now;
  peer_ask(load, asker, now);
  peer_flush(load, asker);
}

static void take_answer(struct load *load, struct peer *peer, const char *text,
                        size_t size) {
  if (peer != &load->peers[0] || telling.is_answered ||
      !template_matches(&load->speak.answer, text, size, telling.round,
                        peer->number)) {
    peer_refuse(peer, text, size, "message to all");
  }
  telling.is_answered = true;
  peer->answered++;
}

static void text_tell(struct load *load, struct peer *peer, const char *text,
                      size_t size) {
  bool is_told = peer->heard == telling.round && telling.missing > 0 &&
                 template_matches(&load->speak.told, text, size, telling.round,
                                  peer->number);
  if (is_told) {
    peer->heard++;
    telling.missing--;
    load_count(load, telling.asked_at);
  } else {
    take_answer(load, peer, text, size);
  }
}

/* Between events, so that no connection's answer is under way. */
static uint64_t turn_tell(struct load *load, uint64_t now) {
  if (telling.missing == 0 && telling.is_answered) ask(load, now);
  return UINT64_MAX;
}

const struct work work_tell = {
    .start = ask, .text = text_tell, .turn = turn_tell};

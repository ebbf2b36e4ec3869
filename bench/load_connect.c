/*
** Connections for their own sake. "connect": each is opened, welcomed, closed
** with both sides' Close, and opened anew. "idle": they are only there.
*/
#include "load.h"

static void text(struct load *load, struct peer *peer, const char *text,
                 size_t size) {
  (void)load;
  peer_refuse(peer, text, size, "silence");
}

static void closed(struct load *load, struct peer *peer) {
  load_count(load, peer->opened_at);
  peer_open(load, peer);
}

const struct work work_connect = {
    .ready = peer_close, .text = text, .closed = closed};

const struct work work_idle = {.text = text};

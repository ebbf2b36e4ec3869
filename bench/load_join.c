/*
** Coming and going. "join": each connection joins its channel, leaves it, and
** joins again. "storm": all join at once; when all are in, all leave at once.
** What is counted is each connection that has come and gone.
*/
#include "load.h"
#include "load_room.h"

/* --- join --- */

static void begin(struct load *load, struct peer *peer) {
  peer->opened_at = load->now;
  room_join(load, peer);
}

static void start_join(struct load *load, uint64_t now) {
  (void)now;
  for (unsigned i = 0; i < load->options.connections; i++) {
    begin(load, &load->peers[i]);
    peer_flush(load, &load->peers[i]);
  }
}

static bool take(struct load *load, struct peer *peer, const char *text,
                 size_t size) {
  bool joins = peer->answered % 2 == 0;
  if (joins)
    room_take_joined(load, peer, text, size);
  else
    room_take_left(load, peer, text, size);
  return joins;
}

static void text_join(struct load *load, struct peer *peer, const char *text,
                      size_t size) {
  if (take(load, peer, text, size)) {
    room_leave(load, peer);
    return;
  }
  load_count(load, peer->opened_at);
  begin(load, peer);
}

const struct work work_join = {.start = start_join, .text = text_join};

/* --- storm --- */

static uint64_t storm_since;
static unsigned missing; /* who has not come, or not gone */
static bool is_coming;

static void all(struct load *load, uint64_t now) {
  is_coming = !is_coming;
  missing = load->options.connections;
  if (is_coming) storm_since = now;
  for (unsigned i = 0; i < load->options.connections; i++) {
    struct peer *peer = &load->peers[i];
    if (is_coming)
      room_join(load, peer);
    else
      room_leave(load, peer);
    peer_flush(load, peer);
  }
}

static void text_storm(struct load *load, struct peer *peer, const char *text,
                       size_t size) {
  if (room_is_news(load, text, size)) return;
  bool has_come = take(load, peer, text, size);
  missing--;
  if (!has_come) load_count(load, storm_since);
}

static uint64_t turn_storm(struct load *load, uint64_t now) {
  if (missing == 0) all(load, now);
  return UINT64_MAX;
}

/* A whole storm. */
static bool is_enough(const struct load *load) {
  return load->done >= load->options.connections;
}

const struct work work_storm = {
    .text = text_storm, .turn = turn_storm, .is_enough = is_enough};

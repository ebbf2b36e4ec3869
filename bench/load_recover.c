/*
** All but one of the connections in a channel are cut off. The one that is left
** says some messages; then all the others come back at once, and each is done
** when it is in the channel again and has all that it missed, in order. Only
** the time between the first that comes back and the last that is done counts.
*/
#include "load.h"
#include "load_fail.h"
#include "load_process.h"
#include "load_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_PARTS = 3, SESSION = 48 };

static const uint64_t REST = 300000000; /* nanoseconds: losses are noticed */

/* What a client needs to recover. */
struct state {
  unsigned heard;        /* messages, so the number of the next */
  bool is_in, is_done;   /* in the channel; with all that it missed */
  char session[SESSION]; /* Base's epoch, or the "pid" of socket.io */
  char offset[ROOM_TAIL];
};

static enum { JOINING, SAYING, RESTING, RECOVERING } stage;

static struct state *states;
static unsigned members, joined, missing, said, answered;
static uint64_t rest_until, begun_at, server_cpu, own_cpu;
static struct histogram latency;

static struct state *state_of(const struct load *load,
                              const struct peer *peer) {
  members = load->options.connections;
  if (!states) states = calloc(members, sizeof *states);
  if (!states) fail("out of memory: %u connections", members);
  return &states[peer - load->peers];
}

static uint64_t cpu_of_server(const struct load *load) {
  return load->options.pid ? process_cpu(load->options.pid) : 0;
}

static bool is_socketio(const struct load *load) {
  return load->speak.kind == SPEAK_SOCKETIO;
}

/* Copies the string behind `name` in a text. */
static void copy_field(const char *text, size_t size, const char *name,
                       char *out, size_t room) {
  const char *at = memmem(text, size, name, strlen(name));
  const char *end = text + size;
  size_t length = 0;
  if (!at) fail("'%.*s' has no %s", (int)size, text, name);
  for (at += strlen(name); at < end && *at != '"' && length + 1 < room; at++)
    out[length++] = *at;
  out[length] = '\0';
}

static void note_offset(struct state *state, const char *text, size_t size) {
  size_t end = size - 2; /* `"]` */
  size_t at = end;
  while (at > 0 && text[at - 1] != '"')
    at--;
  if (end - at >= sizeof state->offset) fail("an offset is too long");
  memcpy(state->offset, text + at, end - at);
  state->offset[end - at] = '\0';
}

static void done(struct load *load, struct state *state) {
  if (stage != RECOVERING || state->is_done || !state->is_in ||
      state->heard != said)
    return;
  state->is_done = true;
  missing--;
  histogram_record(&latency, load->now - begun_at);
}

/* One message that was said, now or before. */
static bool take_said(struct load *load, struct peer *peer, const char *text,
                      size_t size) {
  struct state *state = state_of(load, peer);
  struct tail tail = room_tail(load, state->heard);
  if (!room_is_said(load, peer, text, size, state->heard, &tail)) return false;
  state->heard++;
  if (is_socketio(load)) note_offset(state, text, size);
  done(load, state);
  return true;
}

/* --- joining --- */

/* Base: `"recovered":true,"missed":[["said",…,18],…]`. */
static void take_missed(struct load *load, struct peer *peer, const char *text,
                        size_t size) {
  static const char begin[] = "\"recovered\":true,\"missed\":[";
  struct state *state = state_of(load, peer);
  const char *at = memmem(text, size, begin, sizeof begin - 1);
  const char *end = text + size;
  if (!at) {
    peer_refuse(peer, text, size, "recovery");
    return;
  }
  at += sizeof begin - 1;
  while (at < end && *at != ']') {
    size_t length = room_missed(at, (size_t)(end - at), state->heard);
    if (length == 0) peer_refuse(peer, at, (size_t)(end - at), "message");
    state->heard++;
    at += length;
    if (at < end && *at == ',') at++;
  }
}

static void ready(struct load *load, struct peer *peer) {
  struct state *state = state_of(load, peer);
  if (stage == JOINING)
    room_join(load, peer);
  else if (!is_socketio(load))
    room_rejoin(load, peer, state->session, state->heard);
  else
    state->is_in = true;
  done(load, state);
}

static void take_joined(struct load *load, struct peer *peer, const char *text,
                        size_t size) {
  struct state *state = state_of(load, peer);
  room_take_joined(load, peer, text, size);
  state->is_in = true;
  if (!is_socketio(load))
    copy_field(text, size, "\"epoch\":\"", state->session,
               sizeof state->session);
  if (stage == JOINING)
    joined++;
  else if (!is_socketio(load))
    take_missed(load, peer, text, size);
  done(load, state);
}

/* socket.io: what was missed comes before the connection is ready. */
static bool greeting(struct load *load, struct peer *peer, const char *text,
                     size_t size) {
  struct state *state = state_of(load, peer);
  char answer[128];
  if (!is_socketio(load)) return false;
  if (size > 2 && memcmp(text, "40", 2) == 0)
    copy_field(text, size, "\"pid\":\"", state->session, sizeof state->session);
  if (size > 3 && memcmp(text, "42[\"a", 5) == 0)
    note_offset(state, text, size); /* "authenticated" has one too */
  if (stage == JOINING) return false;
  if (size > 1 && text[0] == '0') {
    int length =
        snprintf(answer, sizeof answer, "40{\"pid\":\"%s\",\"offset\":\"%s\"}",
                 state->session, state->offset);
    peer_say(load, peer, answer, (size_t)length);
    return true;
  }
  return take_said(load, peer, text, size);
}

static bool is_settled(void) {
  return joined > 0 && joined == members;
}

/* --- the rounds --- */

static void say(struct load *load, unsigned count) {
  struct peer *speaker = &load->peers[0];
  for (unsigned i = 0; i < count; i++)
    room_say(load, speaker, said++);
  peer_flush(load, speaker);
  stage = SAYING;
}

/* The first message comes to all: socket.io's clients know an offset then. */
static void start(struct load *load, uint64_t now) {
  load->timed_since = now;
  load->timed_until = 0;
  say(load, 1);
}

static void cut_off(struct load *load) {
  for (unsigned i = 1; i < load->options.connections; i++) {
    peer_cut(load, &load->peers[i]);
    states[i].is_in = states[i].is_done = false;
  }
  say(load, load->options.missed);
}

static void come_back(struct load *load, uint64_t now) {
  stage = RECOVERING;
  missing = load->options.connections - 1;
  memset(&latency, 0, sizeof latency);
  begun_at = now;
  load->timed_since = now;
  load->timed_until = UINT64_MAX;
  server_cpu = cpu_of_server(load);
  own_cpu = process_own_cpu();
  for (unsigned i = 1; i < load->options.connections; i++)
    peer_open(load, &load->peers[i]);
}

static void count(struct load *load, uint64_t now) {
  struct parts *parts = &load->parts;
  load->timed_until = now;
  if (begun_at >= load->counting_since && load->counting_since > 0) {
    load->done += load->options.connections - 1;
    histogram_merge(&load->latency, &latency);
    parts->count++;
    parts->time += now - begun_at;
    parts->server_cpu += cpu_of_server(load) - server_cpu;
    parts->own_cpu += process_own_cpu() - own_cpu;
  }
}

static void text(struct load *load, struct peer *peer, const char *text,
                 size_t size) {
  struct state *state = state_of(load, peer);
  if (take_said(load, peer, text, size)) return;
  if (!state->is_in) {
    take_joined(load, peer, text, size);
  } else {
    if (peer != load->peers) peer_refuse(peer, text, size, "message");
    room_take_sent(load, peer, text, size, answered++);
  }
}

static bool have_all_heard(const struct load *load) {
  for (unsigned i = 0; i < load->options.connections; i++) {
    bool is_cut = load->peers[i].stage != PEER_READY;
    if (!is_cut && states[i].heard != said) return false;
  }
  return answered == said;
}

static uint64_t turn(struct load *load, uint64_t now) {
  if (stage == SAYING && have_all_heard(load)) {
    stage = RESTING;
    rest_until = now + REST;
  } else if (stage == RESTING && now >= rest_until) {
    if (load->peers[1].stage == PEER_READY)
      cut_off(load);
    else
      come_back(load, now);
  } else if (stage == RECOVERING && missing == 0) {
    count(load, now);
    stage = RESTING;
    rest_until = now + REST;
  }
  return stage == RESTING ? rest_until : UINT64_MAX;
}

static bool is_enough(const struct load *load) {
  return load->parts.count >= LEAST_PARTS;
}

const struct work work_recover = {.start = start,
                                  .ready = ready,
                                  .text = text,
                                  .greeting = greeting,
                                  .is_settled = is_settled,
                                  .is_enough = is_enough,
                                  .turn = turn};

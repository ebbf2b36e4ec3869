#include "load_peer.h"

#include "load.h"
#include "load_bystander.h"
#include "load_fail.h"
#include "load_frame.h"
#include "load_head.h"
#include "load_packing.h"
#include "load_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { READ_SIZE = 1 << 18, SHOWN = 60 };

void peer_refuse(const struct peer *peer, const char *text, size_t size,
                 const char *expected) {
  fail("connection %u: '%.*s'%s (%zu bytes) is not the %s that was expected",
       peer->number, (int)(size < SHOWN ? size : SHOWN), text,
       size > SHOWN ? "…" : "", size, expected);
}

static void watch(struct load *load, struct peer *peer, int how,
                  uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = peer};
  if (epoll_ctl(load->epoll, how, peer->stream.fd, &event) != 0) {
    fail("epoll: %s", strerror(errno));
  }
}

void peer_open(struct load *load, struct peer *peer) {
  const struct options *options = &load->options;
  peer->number = load->begun++;
  peer->opened_at = process_now();
  peer->in.size = peer->out.size = 0;
  peer->stream =
      stream_open(options->host, options->port, peer->number, load->tls);
  peer->stage = PEER_CONNECTING;
  peer->is_waiting_to_write = true;
  watch(load, peer, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

void peer_flush(struct load *load, struct peer *peer) {
  if (peer->out.size == 0) return;
  ssize_t written = stream_write(&peer->stream, peer->out.data, peer->out.size);
  if (written == STREAM_BROKEN || written == 0) {
    fail("connection %u: the server is gone", peer->number);
  }
  if (written > 0) {
    load->bytes_out += (uint64_t)written;
    bytes_drop(&peer->out, (size_t)written);
  }
  bool is_waiting = peer->out.size > 0;
  if (is_waiting == peer->is_waiting_to_write) return;
  peer->is_waiting_to_write = is_waiting;
  watch(load, peer, EPOLL_CTL_MOD, EPOLLIN | (is_waiting ? EPOLLOUT : 0));
}

static void add_control(struct load *load, struct peer *peer,
                        enum frame_kind kind, const char *bytes, size_t size) {
  char *frame = bytes_reserve(&peer->out, FRAME_HEAD + size);
  size_t head = frame_write_head(frame, kind, false, size, load->speak.mask);
  if (size > 0) memcpy(frame + head, bytes, size);
  frame_mask(frame + head, size, load->speak.mask);
  peer->out.size += head + size;
}

void peer_say(struct load *load, struct peer *peer, const char *text,
              size_t size) {
  speak_text(&load->speak, &peer->out, text, size);
}

void peer_cut(struct load *load, struct peer *peer) {
  stream_close(&peer->stream);
  peer->stage = PEER_NONE;
  load->ready--;
}

void peer_close(struct load *load, struct peer *peer) {
  static const char code[2] = {1000 >> 8, (char)(1000 & 0xff)};
  add_control(load, peer, FRAME_CLOSE, code, sizeof code);
  peer->stage = PEER_CLOSING;
}

void peer_ask(struct load *load, struct peer *peer, uint64_t due) {
  if (!peer->asked_at) {
    peer->asked_at = malloc(PEER_RING * sizeof *peer->asked_at);
    if (!peer->asked_at) fail("out of memory: connection %u", peer->number);
  }
  if (peer->asked - peer->answered == PEER_RING) {
    fail("the server fell behind: connection %u has %d questions without an "
         "answer",
         peer->number, PEER_RING);
  }
  peer->asked_at[peer->asked % PEER_RING] = due;
  speak_ask(&load->speak, &peer->out, peer->asked, peer->number);
  peer->asked++;
}

void peer_take_answer(struct load *load, struct peer *peer, const char *text,
                      size_t size) {
  if (peer->asked == peer->answered ||
      !template_matches(&load->speak.answer, text, size, peer->answered,
                        peer->number)) {
    peer_refuse(peer, text, size, "answer");
  }
  load_count(load, peer->asked_at[peer->answered % PEER_RING]);
  peer->answered++;
}

static void become_ready(struct load *load, struct peer *peer) {
  peer->stage = PEER_READY;
  load->ready++;
  load->progress = load->now;
  bool is_of_work = !peer->is_bystander;
  if (is_of_work && load->work->ready) load->work->ready(load, peer);
}

/* What comes before "authenticated": with socket.io, two greetings. */
static void take_greeting(struct load *load, struct peer *peer,
                          const char *text, size_t size) {
  bool is_socketio = load->speak.kind == SPEAK_SOCKETIO;
  const struct work *work = load->work;
  if (work->greeting && !peer->is_bystander &&
      work->greeting(load, peer, text, size))
    return;
  if (is_socketio && size > 1 && text[0] == '0') {
    peer_say(load, peer, "40", 2);
    return;
  }
  if (is_socketio && size > 2 && memcmp(text, "40", 2) == 0) {
    if (!load->speak.has_welcome) become_ready(load, peer);
    return;
  }
  size_t welcome = load->speak.welcome.size;
  size_t length = load->speak.has_offsets && size > welcome ? welcome : size;
  if (!template_matches(&load->speak.welcome, text, length, 0, peer->number)) {
    peer_refuse(peer, text, size, "\"authenticated\"");
  }
  become_ready(load, peer);
}

static void take_text(struct load *load, struct peer *peer, const char *text,
                      size_t size) {
  if (load->speak.kind == SPEAK_SOCKETIO && size == 1 && *text == '2') {
    peer_say(load, peer, "3", 1);
  } else if (peer->stage == PEER_GREETING) {
    take_greeting(load, peer, text, size);
  } else if (peer->stage == PEER_READY && peer->is_bystander) {
    bystander_text(load, peer, text, size);
  } else if (peer->stage == PEER_READY && !peer->is_silent) {
    load->work->text(load, peer, text, size);
  } else if (peer->stage == PEER_READY) {
    peer_refuse(peer, text, size, "silence");
  }
}

static void take_close(struct peer *peer, const struct frame *frame) {
  const unsigned char *code = (const unsigned char *)frame->bytes;
  unsigned number = frame->size < 2 ? 1005 : code[0] * 256u + code[1];
  if (peer->stage != PEER_CLOSING || number != 1000) {
    fail("connection %u: the server closed it with %u %.*s", peer->number,
         number, frame->size > 2 ? (int)frame->size - 2 : 0, frame->bytes + 2);
  }
  peer->stage = PEER_CLOSED;
}

static void take_frame(struct load *load, struct peer *peer,
                       const struct frame *frame) {
  struct bytes *received = &load->speak.received;
  load->progress = load->now;
  if (frame->kind == FRAME_PING) {
    add_control(load, peer, FRAME_PONG, frame->bytes, frame->size);
  } else if (frame->kind == FRAME_CLOSE) {
    take_close(peer, frame);
  } else if (frame->kind == FRAME_TEXT && !frame->is_compressed) {
    take_text(load, peer, frame->bytes, frame->size);
  } else if (frame->kind == FRAME_TEXT) {
    if (!load->speak.packing) {
      fail("the server sent a compressed message, which was not offered");
    }
    received->size = 0;
    packing_inflate(load->speak.packing, frame->bytes, frame->size, received);
    load->inflated++;
    take_text(load, peer, received->data, received->size);
  }
}

/* Takes all that is complete. Returns how many bytes that were. */
static size_t parse(struct load *load, struct peer *peer, const char *bytes,
                    size_t size) {
  size_t taken = 0;
  if (peer->stage == PEER_UPGRADING) {
    taken = head_read(load, bytes, size);
    if (taken == 0) return 0;
    peer->stage = PEER_GREETING;
    bool is_greeted =
        load->speak.has_welcome || load->speak.kind == SPEAK_SOCKETIO;
    if (!is_greeted) become_ready(load, peer);
  }
  struct frame frame;
  size_t length;
  while ((length = frame_read(bytes + taken, size - taken, &frame)) > 0) {
    take_frame(load, peer, &frame);
    taken += length;
  }
  return taken;
}

static void end(struct load *load, struct peer *peer) {
  if (peer->stage != PEER_CLOSED) {
    fail("connection %u: the server hung up", peer->number);
  }
  stream_close(&peer->stream);
  peer->stage = PEER_NONE;
  load->ready--;
  load->work->closed(load, peer);
}

static void receive(struct load *load, struct peer *peer) {
  static char space[READ_SIZE];
  ssize_t got;
  do {
    got = stream_read(&peer->stream, space, sizeof space);
    if (got == STREAM_AGAIN) break;
    if (got <= 0) {
      end(load, peer);
      return;
    }
    load->bytes_in += (uint64_t)got;
    if (peer->in.size > 0) {
      bytes_add(&peer->in, space, (size_t)got);
      bytes_drop(&peer->in, parse(load, peer, peer->in.data, peer->in.size));
    } else {
      size_t taken = parse(load, peer, space, (size_t)got);
      bytes_add(&peer->in, space + taken, (size_t)got - taken);
    }
  } while (got == sizeof space);
  peer_flush(load, peer);
}

void peer_handle(struct load *load, struct peer *peer, uint32_t events) {
  if (peer->stage == PEER_CONNECTING) {
    if (!stream_is_open(&peer->stream)) return;
    head_write(load, peer->number, &peer->out);
    peer->stage = PEER_UPGRADING;
    peer_flush(load, peer);
    return;
  }
  if (events & EPOLLOUT) peer_flush(load, peer);
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(load, peer);
}

void peer_free(struct peer *peer) {
  stream_close(&peer->stream);
  bytes_free(&peer->in);
  bytes_free(&peer->out);
  free(peer->asked_at);
}

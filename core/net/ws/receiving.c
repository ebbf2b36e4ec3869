/*
** From bytes to messages: parses frames in place, however the bytes are split,
** and keeps only what is unfinished.
*/
#include "lib/buffer.h"
#include "lib/utf8.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/message.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/socket/transport.h"
#include "net/ws/delivering.h"
#include "net/ws/frame.h"
#include "net/ws/partial.h"
#include "net/ws/websocket.h"

#include <string.h>

/* A deflated message may be a little longer than its content: some compressors
   flush often. The size of the content is checked while it is inflated. */
enum { DEFLATE_SLACK = 64 };

/* Whether the peer may send this data frame now, at the beginning of a message
   or in its middle. */
static bool accept_data(struct socket *socket, const struct frame *frame) {
  const struct config *config = socket->net->config;
  const struct websocket *websocket = socket->websocket;
  uint8_t kind = websocket ? websocket->kind : 0;
  if ((frame->opcode == FRAME_CONTINUATION) != (kind != 0)) {
    websocket_fail(socket, CLOSE_PROTOCOL,
                   kind ? "a new message inside another one"
                        : "a continuation without a first frame");
    return false;
  }
  if (!websocket_is_listening(socket)) return true;
  if (frame->opcode == MESSAGE_BINARY && !config->takes_binary) {
    websocket_fail(socket, CLOSE_NO_BINARY, "binary messages are not taken");
    return false;
  }
  uint64_t limit = config->limits.message_size;
  if (kind ? websocket->is_deflated : frame->is_deflated)
    limit += limit / 8 + DEFLATE_SLACK;
  uint64_t collected = kind ? websocket->message.size : 0;
  if (collected > limit || frame->size > limit - collected) {
    websocket_fail_too_big(socket);
    return false;
  }
  return true;
}

/* Sixteen fragments cost as much as a message. */
enum { FRAGMENT_PRICE = BUCKET_WHOLE / 16 };

/* Whether a data frame is within limits.rate. Its message is taken or refused
   as a whole, and the first frame decides. */
static bool is_within_rate(struct socket *socket, const struct frame *frame) {
  bool is_first = frame->opcode != FRAME_CONTINUATION;
  return websocket_may(socket, is_first ? BUCKET_WHOLE : FRAGMENT_PRICE);
}

/* Receives a whole frame that lies in the read buffer: nothing has to be
   kept. */
static void receive_in_place(struct socket *socket, const struct frame *frame,
                             char *bytes, bool is_refused) {
  size_t size = (size_t)frame->size;
  frame_unmask(bytes, size, frame->mask, 0);
  if (frame_is_control(frame)) {
    websocket_take_control(socket, frame->opcode, bytes, size);
  } else if (is_refused) {
    bool is_text = frame->opcode == MESSAGE_TEXT && !frame->is_deflated;
    websocket_refuse_message(socket, is_text ? bytes : NULL, size);
  } else if (frame->is_deflated) {
    websocket_take_deflated(socket, frame->opcode, bytes, size);
  } else {
    websocket_take_message(socket, frame->opcode, bytes, size, false);
  }
}

/* Charges so much more of the message; false when it does not fit. If nothing
   else is kept for this user or address, any message fits. */
static bool charge_more(struct socket *socket, size_t size) {
  struct websocket *websocket = socket->websocket;
  struct connection *connection = socket->connection;
  uint64_t bytes = websocket->message.size + size;
  charge_end(&websocket->charge);
  enum quota_limit passed = quota_check(connection, bytes);
  if (passed == QUOTA_FITS)
    charge_connection(&websocket->charge, connection, bytes);
  else
    websocket_fail_kept(socket, passed);
  return passed == QUOTA_FITS;
}

static void collect_data(struct socket *socket, const char *bytes,
                         size_t size) {
  struct websocket *websocket = socket->websocket;
  if (!websocket_is_listening(socket) || websocket->is_refused) {
    buffer_free(&websocket->message);
    charge_end(&websocket->charge);
    websocket->utf8 = UTF8_START;
    return;
  }
  if (websocket->kind == MESSAGE_TEXT && !websocket->is_deflated) {
    websocket->utf8 = utf8_continue(websocket->utf8, bytes, size);
  }
  if (websocket->utf8 == UTF8_INVALID) {
    websocket_fail(socket, CLOSE_BAD_TEXT, "a text that is not UTF-8");
  } else if (charge_more(socket, size) &&
             !buffer_append(&websocket->message, bytes, size)) {
    websocket_fail(socket, CLOSE_FAILED, "out of memory");
  }
}

/* The last byte of the frame has come. */
static void finish_frame(struct socket *socket) {
  struct websocket *websocket = socket->websocket;
  websocket->is_in_frame = false;
  if (frame_is_control(&websocket->frame)) {
    websocket_take_control(socket, websocket->frame.opcode, websocket->control,
                           (size_t)websocket->frame.size);
    return;
  }
  if (!websocket->frame.is_final) return;
  uint8_t kind = websocket->kind;
  struct buffer message = websocket->message;
  websocket->kind = 0;
  websocket->message = (struct buffer){0};
  charge_end(&websocket->charge);
  if (websocket->is_refused) {
    websocket->is_refused = false;
    websocket_refuse_message(socket, NULL, 0);
  } else if (websocket->utf8 != UTF8_START) {
    websocket_fail(socket, CLOSE_BAD_TEXT,
                   "a text that ends inside a character");
  } else if (websocket->is_deflated) {
    websocket_take_deflated(socket, kind, message.bytes, message.size);
  } else {
    char nothing[1] = "";
    websocket_take_message(socket, kind, message.size ? message.bytes : nothing,
                           message.size, true);
  }
  buffer_free(&message);
}

/* Takes what has come of the frame's payload. Returns how many bytes that
   is. */
static size_t take_payload(struct socket *socket, char *bytes, size_t size) {
  struct websocket *websocket = socket->websocket;
  struct frame *frame = &websocket->frame;
  if (size > frame->size - websocket->taken) {
    size = (size_t)(frame->size - websocket->taken);
  }
  frame_unmask(bytes, size, frame->mask, websocket->taken);
  if (frame_is_control(frame)) {
    memcpy(websocket->control + websocket->taken, bytes, size);
  }
  websocket->taken += size;
  if (!frame_is_control(frame)) collect_data(socket, bytes, size);
  if (websocket->taken == frame->size && !socket->close_received) {
    finish_frame(socket);
  }
  return size;
}

/* The header is whole, and `size` bytes follow it. Returns how many of these
   were taken. */
static size_t begin_frame(struct socket *socket, const struct frame *frame,
                          char *bytes, size_t size) {
  bool is_control = frame_is_control(frame);
  if (!is_control && !accept_data(socket, frame)) return 0;
  bool is_refused = !is_control && !is_within_rate(socket, frame);
  if (socket->close_received) return 0;
  bool is_alone = frame->is_final && frame->opcode != FRAME_CONTINUATION;
  if (is_alone && frame->size <= size) {
    receive_in_place(socket, frame, bytes, is_refused);
    return (size_t)frame->size;
  }
  struct websocket *websocket = partial_get(socket);
  if (!websocket) {
    websocket_fail(socket, CLOSE_FAILED, "out of memory");
    return 0;
  }
  websocket->is_in_frame = true;
  websocket->frame = *frame;
  websocket->taken = 0;
  if (!is_control && frame->opcode != FRAME_CONTINUATION) {
    websocket->kind = frame->opcode;
    websocket->is_refused = is_refused;
    websocket->is_deflated = frame->is_deflated;
    websocket->utf8 = UTF8_START;
  }
  return take_payload(socket, bytes, size);
}

/* Keeps the part of a header that has come. */
static void keep_header(struct socket *socket, const char *bytes, size_t size) {
  struct websocket *websocket = partial_get(socket);
  if (!websocket) {
    websocket_fail(socket, CLOSE_FAILED, "out of memory");
    return;
  }
  memcpy(websocket->header + websocket->header_size, bytes, size);
  websocket->header_size = (uint8_t)(websocket->header_size + size);
}

/* Takes the rest of a header whose first part may have been kept. */
static size_t take_header(struct socket *socket, char *bytes, size_t size) {
  struct websocket *websocket = socket->websocket;
  size_t kept = websocket ? websocket->header_size : 0;
  char joined[FRAME_HEADER_MAX];
  const char *header = bytes;
  size_t header_size = size;
  if (kept > 0) {
    size_t more = sizeof joined - kept < size ? sizeof joined - kept : size;
    memcpy(joined, websocket->header, kept);
    memcpy(joined + kept, bytes, more);
    header = joined;
    header_size = kept + more;
  }
  struct frame frame;
  const char *why;
  int scanned =
      frame_scan(&frame, header, header_size, socket->window != 0, &why);
  if (scanned < 0) {
    websocket_fail(socket, CLOSE_PROTOCOL, why);
    return size;
  }
  if (scanned == 0) {
    keep_header(socket, bytes, size);
    return size;
  }
  if (websocket) websocket->header_size = 0;
  size_t used = (size_t)scanned - kept;
  return used + begin_frame(socket, &frame, bytes + used, size - used);
}

/* --- one turn --- */

/* At most so many bytes may wait for their turn, of all sockets together. Above
   that, frames are taken at once. */
enum { BEHIND_MAX = 64 * NET_READ_SIZE };

static bool is_turn_over(const struct net *net) {
  return net->turn_ends != 0 && uv_hrtime() >= net->turn_ends;
}

static size_t take_some(struct socket *socket, char *bytes, size_t size) {
  const struct websocket *websocket = socket->websocket;
  return websocket && websocket->is_in_frame ? take_payload(socket, bytes, size)
                                             : take_header(socket, bytes, size);
}

/* Takes at least one frame or a part of one, and more until the turn is over.
   Returns how many bytes were taken: all, if the rest is ignored. */
static size_t take_turn(struct socket *socket, char *bytes, size_t size) {
  size_t used = 0;
  do {
    used += take_some(socket, bytes + used, size - used);
    if (socket->close_received) return size;
  } while (used < size && !is_turn_over(socket->net));
  return used;
}

/* A socket that is stuck gets its turn when it can write again. */
static void ask_for_turn(struct socket *socket) {
  socket->websocket->inflated = socket->net->inflated;
  if (!socket->is_stuck) transport_ask_turn(socket);
}

/* Keeps bytes for the next turn. False when that is not possible. */
static bool keep_behind(struct socket *socket, const char *bytes, size_t size) {
  struct net *net = socket->net;
  if (net->behind > BEHIND_MAX) return false;
  struct websocket *websocket = partial_get(socket);
  if (!websocket || !buffer_append(&websocket->behind, bytes, size))
    return false;
  net->behind += size;
  socket_pause(socket, true);
  ask_for_turn(socket);
  return true;
}

/* When the bytes cannot be kept, they are taken at once. That is not possible
   if earlier ones wait. */
static void take_all(struct socket *socket, char *bytes, size_t size) {
  if (partial_has_more(socket))
    websocket_fail(socket, CLOSE_FAILED, "out of memory");
  while (size > 0 && !socket->close_received) {
    size_t used = take_some(socket, bytes, size);
    bytes += used;
    size -= used;
  }
}

void websocket_received(struct socket *socket, char *bytes, size_t size) {
  size_t used = 0;
  if (size > 0 && !partial_has_more(socket) && !is_turn_over(socket->net))
    used = take_turn(socket, bytes, size);
  bool is_over = used == size || socket->close_received;
  if (!is_over && !keep_behind(socket, bytes + used, size - used))
    take_all(socket, bytes + used, size - used);
  partial_free_if_done(socket);
}

bool websocket_go_on(struct socket *socket) {
  struct websocket *websocket = socket->websocket;
  if (!partial_has_more(socket)) return false;
  socket->pulse.heard = socket->net->seconds;
  socket->pulse.pinged = 0;
  socket->net->inflated = websocket->inflated;
  size_t from = websocket->behind_from;
  websocket->behind_from += take_turn(socket, websocket->behind.bytes + from,
                                      websocket->behind.size - from);
  if (websocket->behind_from < websocket->behind.size) {
    ask_for_turn(socket);
    return true;
  }
  partial_drop_more(socket);
  partial_free_if_done(socket);
  socket_pause(socket, false);
  return true;
}

#include "bus/link_request.h"

#include "bus/bus.h"

/* --- writing --- */

static size_t begin_request(struct buffer *out, enum link_kind kind,
                            uint64_t ticket, struct text channel) {
  size_t begin = link_begin(out, kind);
  link_put_number(out, ticket);
  link_put_text(out, channel);
  return begin;
}

size_t link_put_publish(struct buffer *out, uint64_t ticket,
                        const struct bus_publish *publish) {
  size_t begin = begin_request(out, LINK_PUBLISH, ticket, publish->channel);
  link_put_text(out, publish->message);
  link_put_number(out, publish->is_kept);
  link_put_number(out, publish->except);
  link_end(out, begin);
  return begin;
}

size_t link_put_read(struct buffer *out, uint64_t ticket,
                     const struct bus_read *read) {
  size_t begin = begin_request(out, LINK_READ, ticket, read->channel);
  link_put_number(out, read->after);
  link_put_number(out, read->before);
  link_put_number(out, read->limit);
  link_put_number(out, read->bytes);
  link_put_number(out, read->from_start);
  link_put_number(out, read->is_recovery);
  link_put_number(out, read->epoch);
  link_end(out, begin);
  return begin;
}

size_t link_put_request(struct buffer *out, enum link_kind kind,
                        uint64_t ticket, struct text channel) {
  size_t begin = begin_request(out, kind, ticket, channel);
  link_end(out, begin);
  return begin;
}

/* --- reading --- */

static bool take_publish(struct link_frame *frame, struct text channel,
                         struct bus *bus, struct bus_call *call) {
  struct bus_publish publish = {.channel = channel};
  publish.message = link_take_message(frame);
  publish.is_kept = link_take_flag(frame);
  publish.except = link_take_number(frame);
  if (!link_is_taken(frame)) return false;
  bus_publish(bus, call, &publish);
  return true;
}

static bool take_read(struct link_frame *frame, struct text channel,
                      struct bus *bus, struct bus_call *call) {
  struct bus_read read = {.channel = channel};
  read.after = link_take_number(frame);
  read.before = link_take_number(frame);
  uint64_t limit = link_take_number(frame);
  read.limit = (uint32_t)limit;
  read.bytes = (size_t)link_take_number(frame);
  read.from_start = link_take_flag(frame);
  read.is_recovery = link_take_flag(frame);
  read.epoch = link_take_number(frame);
  if (!link_is_taken(frame) || limit > UINT32_MAX) return false;
  bus_read(bus, call, &read);
  return true;
}

bool link_take_request(struct link_frame *frame, struct bus *bus,
                       struct bus_call *call) {
  struct text channel = link_take_name(frame);
  if (frame->is_wrong) return false;
  if (frame->kind == LINK_PUBLISH)
    return take_publish(frame, channel, bus, call);
  if (frame->kind == LINK_READ) return take_read(frame, channel, bus, call);
  if (!link_is_taken(frame)) return false;
  if (frame->kind == LINK_WHO)
    bus_ask_who(bus, call, channel);
  else
    bus_clear(bus, call, channel);
  return true;
}

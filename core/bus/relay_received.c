/*
** What the new process says to the relay.
*/
#include "bus/link.h"
#include "bus/link_answer.h"
#include "bus/relay.h"
#include "bus/relay_parts.h"
#include "model/channel.h"
#include "model/message.h"
#include "model/presence.h"
#include "model/registry.h"

static void give_answer(void *context, const struct bus_answer *answer) {
  struct bus_call *call = context;
  call->on_answer(call, answer);
}

static bool take_answer(struct relay *relay, struct link_frame *frame) {
  uint64_t ticket = link_take_number(frame);
  struct bus_call *call = relay_take_waiting(relay, ticket);
  if (!call) return false;
  if (link_take_answer(frame, give_answer, call)) return true;
  relay_fail(call, "cluster");
  return false;
}

static bool take_message(const struct relay *relay, struct link_frame *frame) {
  struct text name = link_take_name(frame);
  struct text text = link_take_message(frame);
  uint64_t position = link_take_number(frame);
  uint64_t except = link_take_number(frame);
  if (!link_is_taken(frame)) return false;
  struct channel *channel = channel_find(relay->bus.registry, name);
  if (!channel) return true;
  struct message *message = channel_message(text, name, position);
  if (!message) return false; /* a message would be missing without a word */
  channel_deliver(channel, message, position, except);
  message_unref(message);
  return true;
}

static bool take_presence(const struct relay *relay, struct link_frame *frame) {
  struct link_presence said;
  if (!link_take_presence(frame, &said)) return false;
  struct channel *channel = channel_find(relay->bus.registry, said.channel);
  if (!channel) return true;
  if (frame->kind == LINK_CAME)
    presence_came(channel, said.id, said.info);
  else if (frame->kind == LINK_GUESTS)
    presence_guests(channel, said.guests);
  else if (!presence_has(channel,
                         said.id)) /* else it has come back meanwhile */
    presence_went(channel, said.id);
  return true;
}

/* The new process asks who is here. */
struct counting {
  struct bus_call call;
  struct relay *relay;
  uint64_t ticket;
};

static void on_counted(struct bus_call *call, const struct bus_answer *answer) {
  const struct counting *counting = owner_of(call, struct counting, call);
  link_put_answer(counting->relay->out, counting->ticket, answer);
}

/* The bus below answers at once: it is that of one process. */
static bool tell_who(struct relay *relay, struct link_frame *frame) {
  struct counting counting = {.call.on_answer = on_counted, .relay = relay};
  counting.ticket = link_take_number(frame);
  struct text name = link_take_name(frame);
  if (!link_is_taken(frame)) return false;
  bus_ask_who(relay->inner, &counting.call, name);
  return true;
}

static bool take_frame(struct relay *relay, struct link_frame *frame) {
  switch (frame->kind) {
  case LINK_ANSWER:
    return take_answer(relay, frame);
  case LINK_DELIVER:
    return take_message(relay, frame);
  case LINK_CAME:
  case LINK_WENT:
  case LINK_GUESTS:
    return take_presence(relay, frame);
  case LINK_WHO:
    return tell_who(relay, frame);
  default:
    return false;
  }
}

/* Whoever says something that is right has taken over. */
bool relay_received(struct bus *bus, struct link_frame *frame) {
  bool is_right = take_frame(relay_of(bus), frame);
  if (is_right) relay_settle(bus);
  return is_right;
}

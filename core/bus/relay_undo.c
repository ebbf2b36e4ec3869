/*
** The new process has died before it served: what was said to it is done here.
*/
#include "bus/link.h"
#include "bus/link_request.h"
#include "bus/relay.h"
#include "bus/relay_parts.h"
#include "model/channel.h"
#include "model/registry.h"

#include <stdlib.h>

static void do_event(const struct relay *relay, struct link_frame *frame) {
  const struct channel_events *events = relay->inner_events;
  struct channel *channel =
      channel_find(relay->bus.registry, link_take_name(frame));
  if (!channel) return;
  if (frame->kind == LINK_SUBSCRIBED) events->subscribed(relay->inner, channel);
  if (frame->kind == LINK_UNSUBSCRIBED)
    events->unsubscribed(relay->inner, channel);
  if (frame->kind == LINK_GUESTS) events->guests(relay->inner, channel);
  if (frame->kind != LINK_CAME && frame->kind != LINK_WENT) return;
  struct text id = link_take_id(frame);
  if (frame->kind == LINK_CAME)
    events->came(relay->inner, channel, id, link_take_json(frame));
  else
    events->went(relay->inner, channel, id);
}

static void do_frame(struct relay *relay, struct link_frame *frame) {
  bool is_request = frame->kind >= LINK_PUBLISH && frame->kind < LINK_ANSWER;
  if (!is_request) {
    do_event(relay, frame);
    return;
  }
  struct bus_call *call = relay_take_waiting(relay, link_take_number(frame));
  if (call && !link_take_request(frame, relay->inner, call))
    relay_fail(call, "cluster");
}

struct bus *relay_inner(const struct bus *bus) {
  return ((const struct relay *)bus)->inner;
}

void relay_undo(struct bus *bus) {
  struct relay *relay = relay_of(bus);
  struct buffer said = relay->said;
  struct link_frame frame;
  size_t done = 0, size = 0;
  bus->registry->channels.events = relay->inner_events;
  bus->registry->channels.bus = relay->inner;
  while (done < said.size &&
         link_read((struct text){said.bytes + done, said.size - done}, &frame,
                   &size) == LINK_WHOLE) {
    do_frame(relay, &frame);
    done += size;
  }
  relay->out = NULL;
  relay_fail_waiting(relay, "cluster"); /* memory ran out for their frames */
  buffer_free(&said);
  free(relay);
}

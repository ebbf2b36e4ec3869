#include "bus/bus.h"

#include <stddef.h>

static void refuse(struct bus_call *call) {
  struct bus_answer answer = {.word = "closed"};
  call->on_answer(call, &answer);
}

void bus_publish(struct bus *bus, struct bus_call *call,
                 const struct bus_publish *publish) {
  if (bus)
    bus->kind->publish(bus, call, publish);
  else
    refuse(call);
}

void bus_read(struct bus *bus, struct bus_call *call,
              const struct bus_read *read) {
  if (bus)
    bus->kind->read(bus, call, read);
  else
    refuse(call);
}

void bus_ask_who(struct bus *bus, struct bus_call *call, struct text channel) {
  if (bus)
    bus->kind->ask_who(bus, call, channel);
  else
    refuse(call);
}

void bus_clear(struct bus *bus, struct bus_call *call, struct text channel) {
  if (bus)
    bus->kind->clear(bus, call, channel);
  else
    refuse(call);
}

void bus_close(struct bus *bus) {
  if (bus) bus->kind->close(bus);
}

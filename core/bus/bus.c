#include "bus/bus.h"

void bus_publish(struct bus *bus, struct bus_call *call,
                 const struct bus_publish *publish) {
  bus->kind->publish(bus, call, publish);
}

void bus_read(struct bus *bus, struct bus_call *call,
              const struct bus_read *read) {
  bus->kind->read(bus, call, read);
}

void bus_ask_who(struct bus *bus, struct bus_call *call, struct text channel) {
  bus->kind->ask_who(bus, call, channel);
}

void bus_clear(struct bus *bus, struct bus_call *call, struct text channel) {
  bus->kind->clear(bus, call, channel);
}

void bus_close(struct bus *bus) {
  if (bus) bus->kind->close(bus);
}

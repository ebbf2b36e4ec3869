#include "net/peer/host.h"

#include "lib/address.h"
#include "lib/origin.h"
#include "model/config.h"

struct text host_name(struct text host) {
  struct text name;
  struct text port;
  if (host_cut_port(host, &name, &port)) return name;
  return (struct text){host.bytes, 0};
}

/* "localhost" and names below it (RFC 6761 section 6.3), with or without a
   final dot. */
static bool is_localhost(struct text name) {
  if (name.size > 0 && name.bytes[name.size - 1] == '.') name.size--;
  return text_equals_nocase(name, text_of("localhost")) ||
         host_matches(name, text_of("*.localhost"));
}

static bool is_loopback(struct text name) {
  struct address address;
  if (name.size > 2 && name.bytes[0] == '[')
    name = (struct text){name.bytes + 1, name.size - 2};
  return address_scan(&address, name) && address_is_loopback(&address);
}

/* Whether it is the host of an allowed origin: pages of that host may
   connect. */
static bool is_of_origins(const struct config *config, struct text name) {
  for (size_t i = 0; i < config->origins.count; i++) {
    if (origin_names(&config->origins.items[i], name)) return true;
  }
  return false;
}

bool host_is_named(const struct config *config, struct text host) {
  struct text name = host_name(host);
  if (name.size == 0) return false;
  if (is_localhost(name) || is_loopback(name)) return true;
  for (size_t i = 0; i < config->hosts.count; i++) {
    if (host_matches(name, text_of(config->hosts.items[i]))) return true;
  }
  return is_of_origins(config, name);
}

#include "net/peer/origin.h"

#include "model/config.h"

/* The page's origin is scanned once, however long the list is. */
static bool is_listed(const struct origins *origins, struct text origin) {
  struct origin page = origin_scan(origin);
  for (size_t i = 0; i < origins->count; i++) {
    if (origin_matches(&page, &origins->items[i])) return true;
  }
  return false;
}

/* Compares only the host's name: behind a proxy that ends TLS, scheme and port
   are not known here. */
static bool is_same_host(struct text origin, struct text host) {
  struct origin page = origin_scan(origin);
  struct text name;
  struct text port;
  return page.kind == ORIGIN_PAGE && page.has_host &&
         host_cut_port(host, &name, &port) &&
         text_equals_nocase(page.host, name);
}

bool origin_is_allowed(const struct config *config, struct text origin,
                       struct text host) {
  return config->has_origins ? is_listed(&config->origins, origin)
                             : is_same_host(origin, host);
}

#include "net/origin.h"

#include "model/config.h"

#include <string.h>

struct origin {
  struct text scheme;
  struct text host; /* "shop.example", "[::1]" */
  struct text port; /* digits; empty: the scheme's own */
};

static bool ends_host(char byte) {
  return byte <= ' ' || byte == 0x7f || strchr("/?#@\\\"", byte);
}

/* Cuts "shop.example:8080" or "[::1]:8080" in two. */
static bool cut_port(struct text authority, struct text *host,
                     struct text *port) {
  const char *end = authority.bytes + authority.size;
  const char *at = authority.bytes;
  if (authority.size > 0 && *at == '[') {
    at = memchr(at, ']', authority.size);
    if (!at) return false;
    at++;
  } else {
    while (at < end && *at != ':')
      at++;
  }
  *host = (struct text){authority.bytes, (size_t)(at - authority.bytes)};
  *port = (struct text){end, 0};
  if (at < end && *at++ != ':') return false;
  *port = (struct text){at, (size_t)(end - at)};
  for (; at < end; at++) {
    if (*at < '0' || *at > '9') return false;
  }
  return host->size > 0;
}

static bool is_default(struct text scheme, struct text port) {
  return (text_equals_nocase(scheme, text_of("https")) &&
          text_equals(port, text_of("443"))) ||
         (text_equals_nocase(scheme, text_of("http")) &&
          text_equals(port, text_of("80")));
}

/* False for "null", and for what is no origin. */
static bool scan(struct origin *origin, struct text text) {
  const char *slashes =
      text.size > 0 ? memmem(text.bytes, text.size, "://", 3) : NULL;
  if (!slashes || slashes == text.bytes) return false;
  const char *begin = slashes + 3;
  struct text authority = {begin, (size_t)(text.bytes + text.size - begin)};
  for (size_t i = 0; i < authority.size; i++) {
    if (ends_host(authority.bytes[i])) return false;
  }
  origin->scheme = (struct text){text.bytes, (size_t)(slashes - text.bytes)};
  if (!cut_port(authority, &origin->host, &origin->port)) return false;
  if (is_default(origin->scheme, origin->port)) origin->port.size = 0;
  return true;
}

/* "*.example.com" is every name that ends with ".example.com", and has
   something before that. */
static bool host_matches(struct text host, struct text pattern) {
  if (pattern.size < 2 || memcmp(pattern.bytes, "*.", 2) != 0) {
    return text_equals_nocase(host, pattern);
  }
  struct text end = {pattern.bytes + 1, pattern.size - 1};
  if (host.size <= end.size) return false;
  struct text tail = {host.bytes + host.size - end.size, end.size};
  return text_equals_nocase(tail, end);
}

static bool matches(struct text origin, struct text item) {
  struct origin page;
  struct origin pattern;
  if (text_equals(item, text_of("*"))) return true;
  if (!scan(&page, origin) || !scan(&pattern, item)) {
    return text_equals(origin, text_of("null")) && text_equals(origin, item);
  }
  return text_equals_nocase(page.scheme, pattern.scheme) &&
         text_equals(page.port, pattern.port) &&
         host_matches(page.host, pattern.host);
}

/* A page of the same host name, whatever its scheme and port: behind a proxy
   that ends TLS, we know neither. */
static bool is_same_host(struct text origin, struct text host) {
  struct origin page;
  struct text name;
  struct text port;
  return scan(&page, origin) && cut_port(host, &name, &port) &&
         text_equals_nocase(page.host, name);
}

bool origin_is_allowed(const struct config *config, struct text origin,
                       struct text host) {
  if (!config->has_origins) return is_same_host(origin, host);
  for (size_t i = 0; i < config->origins.count; i++) {
    if (matches(origin, text_of(config->origins.items[i]))) return true;
  }
  return false;
}

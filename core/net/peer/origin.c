#include "net/peer/origin.h"

#include "lib/address.h"
#include "lib/ascii.h"
#include "model/config.h"

#include <string.h>

struct origin {
  struct text scheme;
  struct text authority; /* what is behind "://", all of it */
  bool has_host;         /* it is a host and perhaps a port: */
  struct text host;      /* "shop.example", "[::1]" */
  struct text port;      /* digits; empty: the scheme's own */
};

static bool ends_host(char byte) {
  return byte <= ' ' || byte == 0x7f || strchr("/?#@\\\"", byte);
}

static bool is_one_of(char byte, const char *list) {
  return byte != '\0' && strchr(list, byte);
}

/* RFC 3986 section 3.1. */
static bool is_scheme(struct text text) {
  if (text.size == 0 || !ascii_is_letter(text.bytes[0])) return false;
  for (size_t i = 0; i < text.size; i++) {
    char byte = text.bytes[i];
    if (!ascii_is_letter(byte) && !ascii_is_digit(byte) &&
        !is_one_of(byte, "+.-"))
      return false;
  }
  return true;
}

bool origin_cut_port(struct text authority, struct text *host,
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
  if (!slashes) return false;
  const char *begin = slashes + 3;
  struct text authority = {begin, (size_t)(text.bytes + text.size - begin)};
  for (size_t i = 0; i < authority.size; i++) {
    if (ends_host(authority.bytes[i])) return false;
  }
  origin->scheme = (struct text){text.bytes, (size_t)(slashes - text.bytes)};
  origin->authority = authority;
  origin->has_host = origin_cut_port(authority, &origin->host, &origin->port);
  if (origin->has_host && is_default(origin->scheme, origin->port))
    origin->port.size = 0;
  return is_scheme(origin->scheme);
}

bool origin_host_matches(struct text host, struct text pattern) {
  if (pattern.size < 2 || memcmp(pattern.bytes, "*.", 2) != 0) {
    return text_equals_nocase(host, pattern);
  }
  struct text end = {pattern.bytes + 1, pattern.size - 1};
  if (host.size <= end.size) return false;
  struct text tail = {host.bytes + host.size - end.size, end.size};
  return text_equals_nocase(tail, end);
}

static bool matches(const struct origin *page, struct text item) {
  struct origin pattern;
  if (!scan(&pattern, item)) return false;
  if (!text_equals_nocase(page->scheme, pattern.scheme)) return false;
  if (text_equals_nocase(page->authority, pattern.authority)) return true;
  return page->has_host && pattern.has_host &&
         text_equals(page->port, pattern.port) &&
         origin_host_matches(page->host, pattern.host);
}

/* What the page says is read once, however many there are to compare it with.
 */
static bool is_listed(const struct string_list *origins, struct text origin) {
  struct origin page;
  bool is_origin = scan(&page, origin);
  bool is_null = text_equals(origin, text_of("null"));
  for (size_t i = 0; i < origins->count; i++) {
    struct text item = text_of(origins->items[i]);
    if (text_equals(item, text_of("*"))) return true;
    if (is_null ? text_equals(item, origin) : is_origin && matches(&page, item))
      return true;
  }
  return false;
}

/* A page of the same host name, whatever its scheme and port: behind a proxy
   that ends TLS, we know neither. */
static bool is_same_host(struct text origin, struct text host) {
  struct origin page;
  struct text name;
  struct text port;
  return scan(&page, origin) && page.has_host &&
         origin_cut_port(host, &name, &port) &&
         text_equals_nocase(page.host, name);
}

bool origin_is_allowed(const struct config *config, struct text origin,
                       struct text host) {
  return config->has_origins ? is_listed(&config->origins, origin)
                             : is_same_host(origin, host);
}

/* --- what the setting takes --- */

static bool is_plain_port(struct text port) {
  return port.size > 0 && port.bytes[0] != '0' && text_is_port(port);
}

static bool is_plain_name(struct text name) {
  for (size_t i = 0; i < name.size; i++) {
    char byte = name.bytes[i];
    if (!ascii_is_letter(byte) && !ascii_is_digit(byte) &&
        !is_one_of(byte, "_-."))
      return false;
    if (byte == '.' &&
        (i == 0 || i + 1 == name.size || name.bytes[i - 1] == '.'))
      return false;
  }
  return true;
}

bool origin_is_plain_host(struct text host) {
  struct address address;
  if (host.bytes[0] != '[') return is_plain_name(host);
  struct text inside = {host.bytes + 1, host.size - 2};
  return memchr(inside.bytes, ':', inside.size) &&
         address_scan(&address, inside);
}

static bool is_web(struct text scheme) {
  return text_equals_nocase(scheme, text_of("https")) ||
         text_equals_nocase(scheme, text_of("http"));
}

bool origin_names(struct text item, struct text host) {
  struct origin origin;
  return scan(&origin, item) && is_web(origin.scheme) && origin.has_host &&
         origin_host_matches(host, origin.host);
}

static bool is_plain_authority(struct text authority) {
  struct text host;
  struct text port;
  if (!origin_cut_port(authority, &host, &port) || !origin_is_plain_host(host))
    return false;
  return host.size == authority.size || is_plain_port(port);
}

/* What browsers and the like have for pages that came over no network:
   "file://", "app://-", "chrome-extension://abc". */
static bool is_plain_rest(struct text rest) {
  for (size_t i = 0; i < rest.size; i++) {
    if (rest.bytes[i] > '~' || is_one_of(rest.bytes[i], "*=")) return false;
  }
  return true;
}

bool origin_is_listable(struct text text) {
  struct origin origin;
  if (text_equals(text, text_of("null"))) return true;
  if (!scan(&origin, text)) return false;
  return is_web(origin.scheme) ? is_plain_authority(origin.authority)
                               : is_plain_rest(origin.authority);
}

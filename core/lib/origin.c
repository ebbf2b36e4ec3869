#include "lib/origin.h"

#include "lib/address.h"
#include "lib/ascii.h"

#include <stdlib.h>
#include <string.h>

static bool ends_host(char byte) {
  return byte <= ' ' || byte == 0x7f || ascii_is_one_of(byte, "/?#@\\\"");
}

/* RFC 3986 section 3.1. */
static bool is_scheme(struct text text) {
  if (text.size == 0 || !ascii_is_letter(text.bytes[0])) return false;
  for (size_t i = 0; i < text.size; i++) {
    char byte = text.bytes[i];
    if (!ascii_is_letter(byte) && !ascii_is_digit(byte) &&
        !ascii_is_one_of(byte, "+.-"))
      return false;
  }
  return true;
}

static bool is_web(struct text scheme) {
  return text_equals_nocase(scheme, text_of("https")) ||
         text_equals_nocase(scheme, text_of("http"));
}

static bool is_default(struct text scheme, struct text port) {
  return (text_equals_nocase(scheme, text_of("https")) &&
          text_equals(port, text_of("443"))) ||
         (text_equals_nocase(scheme, text_of("http")) &&
          text_equals(port, text_of("80")));
}

/* --- hosts --- */

bool host_cut_port(struct text authority, struct text *host,
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
    if (!ascii_is_digit(*at)) return false;
  }
  return host->size > 0;
}

static bool is_pattern(struct text host) {
  return host.size >= 2 && memcmp(host.bytes, "*.", 2) == 0;
}

bool host_matches(struct text host, struct text pattern) {
  if (!is_pattern(pattern)) return text_equals_nocase(host, pattern);
  struct text end = text_skip(pattern, 1);
  if (host.size <= end.size) return false;
  return text_equals_nocase(text_skip(host, host.size - end.size), end);
}

static bool is_name(struct text name) {
  for (size_t i = 0; i < name.size; i++) {
    char byte = name.bytes[i];
    if (!ascii_is_letter(byte) && !ascii_is_digit(byte) &&
        !ascii_is_one_of(byte, "_-."))
      return false;
    if (byte == '.' &&
        (i == 0 || i + 1 == name.size || name.bytes[i - 1] == '.'))
      return false;
  }
  return name.size > 0;
}

bool host_is_plain(struct text host) {
  struct address address;
  if (host.size == 0 || host.bytes[0] != '[') return is_name(host);
  if (host.size < 2 || host.bytes[host.size - 1] != ']') return false;
  struct text inside = {host.bytes + 1, host.size - 2};
  return inside.size > 0 && memchr(inside.bytes, ':', inside.size) &&
         address_scan(&address, inside);
}

static bool is_host(struct text host) {
  return is_pattern(host) ? is_name(text_skip(host, 2)) : host_is_plain(host);
}

/* Whether the text has a port, or what looks like one. */
static bool says_more(struct text text) {
  if (text.size > 0 && text.bytes[0] == '[')
    return memmem(text.bytes, text.size, "]:", 2) != NULL;
  size_t at = text.size;
  while (at > 0 && ascii_is_digit(text.bytes[at - 1]))
    at--;
  return at > 1 && text.bytes[at - 1] == ':';
}

bool host_is_valid(struct text host, const char **why) {
  *why = says_more(host) ? "which is more than a host name" : NULL;
  return !*why && is_host(host);
}

/* --- origins --- */

struct origin origin_scan(struct text text) {
  struct origin origin = {.kind = ORIGIN_INVALID};
  if (text_equals(text, text_of("*"))) origin.kind = ORIGIN_ANY;
  if (text_equals(text, text_of("null"))) origin.kind = ORIGIN_NULL;
  const char *slashes =
      text.size > 0 ? memmem(text.bytes, text.size, "://", 3) : NULL;
  if (!slashes) return origin;
  origin.scheme = (struct text){text.bytes, (size_t)(slashes - text.bytes)};
  origin.authority = text_skip(text, origin.scheme.size + 3);
  for (size_t i = 0; i < origin.authority.size; i++) {
    if (ends_host(origin.authority.bytes[i])) return origin;
  }
  origin.has_host = host_cut_port(origin.authority, &origin.host, &origin.port);
  if (origin.has_host && is_default(origin.scheme, origin.port))
    origin.port.size = 0;
  if (is_scheme(origin.scheme)) origin.kind = ORIGIN_PAGE;
  return origin;
}

bool origin_matches(const struct origin *page, const struct origin *listed) {
  if (listed->kind == ORIGIN_ANY) return true;
  if (page->kind != listed->kind || page->kind == ORIGIN_INVALID) return false;
  if (page->kind == ORIGIN_NULL) return true;
  if (!text_equals_nocase(page->scheme, listed->scheme)) return false;
  if (text_equals_nocase(page->authority, listed->authority)) return true;
  return page->has_host && listed->has_host &&
         text_equals(page->port, listed->port) &&
         host_matches(page->host, listed->host);
}

bool origin_names(const struct origin *listed, struct text host) {
  return listed->kind == ORIGIN_PAGE && is_web(listed->scheme) &&
         listed->has_host && host_matches(host, listed->host);
}

/* What browsers send for pages that no network delivered: nothing after
   "file://", a name after "app://-" and "chrome-extension://abc". */
static bool is_local_name(struct text rest) {
  for (size_t i = 0; i < rest.size; i++) {
    if (rest.bytes[i] > '~' || ascii_is_one_of(rest.bytes[i], "*="))
      return false;
  }
  return true;
}

static bool is_authority(struct text authority) {
  struct text host;
  struct text port;
  if (!host_cut_port(authority, &host, &port) || !is_host(host)) return false;
  return host.size == authority.size || text_is_plain_port(port);
}

bool origin_is_valid(struct text text, const char **why) {
  *why = NULL;
  struct origin origin = origin_scan(text);
  if (origin.kind == ORIGIN_PAGE)
    return (!is_web(origin.scheme) && is_local_name(origin.authority)) ||
           is_authority(origin.authority);
  if (is_scheme(origin.scheme) && origin.authority.size > 0 &&
      memchr(origin.authority.bytes, '/', origin.authority.size))
    *why = "which is more than scheme and host";
  return origin.kind != ORIGIN_INVALID;
}

bool origin_is_plain(struct text text) {
  const char *why;
  return text.size > 0 && !memchr(text.bytes, '*', text.size) &&
         origin_is_valid(text, &why);
}

size_t origin_normalize(struct text text, char *normal) {
  struct origin origin = origin_scan(text);
  if (origin.has_host && is_web(origin.scheme) && origin.port.size == 0)
    text.size = (size_t)(origin.host.bytes + origin.host.size - text.bytes);
  for (size_t i = 0; i < text.size; i++)
    normal[i] = ascii_lower(text.bytes[i]);
  return text.size;
}

/* --- lists --- */

bool origins_add(struct origins *origins, const char *text) {
  size_t count = origins->count + 1;
  struct origin *items = realloc(origins->items, count * sizeof *items);
  if (items) origins->items = items;
  char **texts = realloc(origins->texts, count * sizeof *texts);
  if (texts) origins->texts = texts;
  char *copy = strdup(text);
  if (!items || !texts || !copy) {
    free(copy);
    return false;
  }
  texts[origins->count] = copy;
  items[origins->count] = origin_scan(text_of(copy));
  origins->count = count;
  return true;
}

void origins_close(struct origins *origins) {
  for (size_t i = 0; i < origins->count; i++)
    free(origins->texts[i]);
  free(origins->texts);
  free(origins->items);
  *origins = (struct origins){0};
}

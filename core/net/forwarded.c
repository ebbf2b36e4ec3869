#include "net/forwarded.h"

#include "model/config.h"

#include <string.h>

static bool is_port(const char *at, const char *end) {
  if (at == end || end - at > 5) return false;
  for (; at < end; at++) {
    if (*at < '0' || *at > '9') return false;
  }
  return true;
}

static bool scan_bracketed(struct address *address, struct text entry) {
  const char *end = entry.bytes + entry.size;
  const char *close = memchr(entry.bytes, ']', entry.size);
  if (!close) return false;
  struct text inside = {entry.bytes + 1, (size_t)(close - entry.bytes) - 1};
  if (!memchr(inside.bytes, ':', inside.size)) return false;
  if (!address_scan(address, inside)) return false;
  if (close + 1 == end) return true;
  return close[1] == ':' && is_port(close + 2, end);
}

bool forwarded_scan(struct address *address, struct text entry) {
  if (entry.size == 0) return false;
  if (entry.bytes[0] == '[') return scan_bracketed(address, entry);
  const char *end = entry.bytes + entry.size;
  const char *colon = memchr(entry.bytes, ':', entry.size);
  bool is_alone =
      !colon || memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL;
  if (is_alone) return address_scan(address, entry);
  struct text host = {entry.bytes, (size_t)(colon - entry.bytes)};
  return is_port(colon + 1, end) && address_scan(address, host);
}

/* From the left: each entry that is somebody's makes those before it hearsay.
   What remains is what a walk from the right would find. */
static void take_entry(struct forwarded *forwarded, struct text entry,
                       const struct string_list *trusted) {
  struct address address;
  if (!forwarded_scan(&address, entry)) {
    forwarded->is_known = false;
  } else if (!forwarded->is_known || !address_is_listed(&address, trusted)) {
    forwarded->client = address;
    forwarded->is_known = true;
  }
}

/* Cuts the first entry off a list. */
static struct text cut(struct text *list) {
  const char *comma =
      list->size > 0 ? memchr(list->bytes, ',', list->size) : NULL;
  struct text entry = *list;
  if (comma) entry.size = (size_t)(comma - list->bytes);
  size_t used = entry.size + (comma != NULL);
  *list = (struct text){list->bytes + used, list->size - used};
  return text_trim(entry);
}

/* Empty entries mean nothing, RFC 9110 section 5.6.1. */
void forwarded_take(struct forwarded *forwarded, struct text line,
                    const struct string_list *trusted) {
  while (line.size > 0) {
    struct text entry = cut(&line);
    if (entry.size > 0) take_entry(forwarded, entry, trusted);
  }
}

struct text forwarded_last(struct text list) {
  struct text last = {"", 0};
  while (list.size > 0) {
    last = cut(&list);
  }
  return last;
}

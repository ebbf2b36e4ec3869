#include "net/peer/forwarded.h"

#include <string.h>

/* A port as proxies write it: RFC 7239 allows any five digits. */
static bool is_port(struct text text) {
  uint32_t number;
  return text_scan_number(text, 99999, &number);
}

static bool scan_bracketed(struct address *address, struct text entry) {
  const char *end = entry.bytes + entry.size;
  const char *close = memchr(entry.bytes, ']', entry.size);
  if (!close) return false;
  struct text inside = {entry.bytes + 1, (size_t)(close - entry.bytes) - 1};
  if (!memchr(inside.bytes, ':', inside.size)) return false;
  if (!address_scan(address, inside)) return false;
  if (close + 1 == end) return true;
  return close[1] == ':' &&
         is_port((struct text){close + 2, (size_t)(end - close) - 2});
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
  return is_port(text_skip(entry, host.size + 1)) &&
         address_scan(address, host);
}

/* Cuts off the last entry that is not empty; returns an empty one when there is
   none. */
static struct text cut_last(struct text *list) {
  struct text entry = {"", 0};
  while (list->size > 0 && entry.size == 0) {
    size_t begin = list->size;
    while (begin > 0 && list->bytes[begin - 1] != ',')
      begin--;
    entry = text_trim((struct text){list->bytes + begin, list->size - begin});
    list->size = begin > 0 ? begin - 1 : 0;
  }
  return entry;
}

/* Reads from the right, and only as far as entries are trusted: a client can
   invent any number of entries at the left. */
void forwarded_take(struct forwarded *forwarded, struct text line,
                    const struct networks *trusted) {
  struct forwarded found = {0};
  struct address address;
  struct text entry;
  while ((entry = cut_last(&line)).size > 0) {
    bool is_one = forwarded_scan(&address, entry);
    if (is_one) found = (struct forwarded){address, true};
    if (is_one && networks_have(trusted, &address)) continue;
    *forwarded = found;
    return;
  }
  if (!forwarded->is_known) *forwarded = found;
}

struct text forwarded_last(struct text list) {
  return cut_last(&list);
}

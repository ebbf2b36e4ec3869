#include "model/protocol.h"

#include "model/config.h"
#include "model/head.h"

/* The index of a name in the list, if it is before `end`; else `end`. */
static size_t place_of(const struct string_list *list, struct text name,
                       size_t end) {
  for (size_t i = 0; i < end; i++) {
    if (text_equals(text_of(list->items[i]), name)) return i;
  }
  return end;
}

/* The client's offer is read once, however long the list is. */
void protocol_choose(struct head *head, const struct config *config) {
  const struct string_list *ours = &config->protocols;
  bool knows_base = ours->count == 0 || !config->takes_text;
  size_t best = ours->count;
  size_t cursor = 0;
  struct text list = {"", 0};
  struct text name;
  while (
      head_next_item(head, "Sec-WebSocket-Protocol", &cursor, &list, &name)) {
    size_t place = place_of(ours, name, best);
    bool is_base = best == ours->count && knows_base &&
                   text_equals(name, text_of(PROTOCOL_BASE));
    if (place == best && !is_base) continue;
    best = place;
    head->protocol_at = (uint32_t)(name.bytes - head->bytes);
    head->protocol_size = (uint32_t)name.size;
  }
}

#include "model/protocol.h"

#include "model/config.h"
#include "model/head.h"

static bool choose(struct head *head, const char *name) {
  struct text found;
  if (!head_find_name(head, "Sec-WebSocket-Protocol", name, &found))
    return false;
  head->protocol_at = (uint32_t)(found.bytes - head->bytes);
  head->protocol_size = (uint32_t)found.size;
  return true;
}

void protocol_choose(struct head *head, const struct config *config) {
  const struct string_list *ours = &config->protocols;
  for (size_t i = 0; i < ours->count; i++) {
    if (choose(head, ours->items[i])) return;
  }
  if (ours->count == 0 || !config->takes_text)
    (void)choose(head, PROTOCOL_BASE);
}

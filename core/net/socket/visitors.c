#include "net/socket/visitors.h"

void visitors_put(struct visitors *visitors, struct visitor *visitor,
                  enum visit visit) {
  if (visitor->visit != VISIT_NONE) visitors->count--;
  if (visit != VISIT_NONE) visitors->count++;
  list_remove(&visitor->link);
  visitor->visit = (uint8_t)visit;
  if (visit != VISIT_NONE) list_append(&visitors->of[visit], &visitor->link);
}

struct visitor *visitors_first(const struct visitors *visitors) {
  for (int i = VISIT_NONE + 1; i < VISITS; i++) {
    struct visitor *first = list_first(&visitors->of[i], struct visitor, link);
    if (first) return first;
  }
  return NULL;
}

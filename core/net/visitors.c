#include "net/visitors.h"

static void take_out(struct visitors *visitors, struct visitor *visitor) {
  if (visitor->previous)
    visitor->previous->next = visitor->next;
  else
    visitors->of[visitor->visit].first = visitor->next;
  if (visitor->next)
    visitor->next->previous = visitor->previous;
  else
    visitors->of[visitor->visit].last = visitor->previous;
  visitor->next = visitor->previous = NULL;
  visitor->visit = VISIT_NONE;
  visitors->count--;
}

void visitors_put(struct visitors *visitors, struct visitor *visitor,
                  enum visit visit) {
  if (visitor->visit != VISIT_NONE) take_out(visitors, visitor);
  if (visit == VISIT_NONE) return;
  visitor->visit = (uint8_t)visit;
  visitor->previous = visitors->of[visit].last;
  if (visitor->previous)
    visitor->previous->next = visitor;
  else
    visitors->of[visit].first = visitor;
  visitors->of[visit].last = visitor;
  visitors->count++;
}

struct visitor *visitors_first(const struct visitors *visitors) {
  for (int i = VISIT_NONE + 1; i < VISITS; i++) {
    if (visitors->of[i].first) return visitors->of[i].first;
  }
  return NULL;
}

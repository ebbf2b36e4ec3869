#include "bus/bus.h"

#include <stdlib.h>
#include <string.h>

static char *copy_text(char *at, struct text *text) {
  if (text->size > 0) memcpy(at, text->bytes, text->size);
  text->bytes = at;
  return at + text->size;
}

static size_t size_of_texts(const struct bus_answer *answer) {
  size_t size = 0;
  for (size_t i = 0; i < answer->kept_count; i++)
    size += answer->kept[i].message.size;
  for (size_t i = 0; i < answer->member_count; i++)
    size += answer->members[i].id.size + answer->members[i].info.size;
  return size;
}

/* One block: the answer, its two lists, and all texts behind them. */
struct bus_answer *bus_answer_copy(const struct bus_answer *answer) {
  size_t kept_size = answer->kept_count * sizeof(struct bus_kept);
  size_t members_size = answer->member_count * sizeof(struct bus_member);
  struct bus_answer *copy =
      malloc(sizeof *copy + kept_size + members_size + size_of_texts(answer));
  if (!copy) return NULL;
  struct bus_kept *kept = (struct bus_kept *)(copy + 1);
  struct bus_member *members = (struct bus_member *)((char *)kept + kept_size);
  char *at = (char *)members + members_size;
  *copy = *answer;
  copy->kept = kept;
  copy->members = members;
  if (kept_size > 0) memcpy(kept, answer->kept, kept_size);
  if (members_size > 0) memcpy(members, answer->members, members_size);
  for (size_t i = 0; i < answer->kept_count; i++)
    at = copy_text(at, &kept[i].message);
  for (size_t i = 0; i < answer->member_count; i++) {
    at = copy_text(at, &members[i].id);
    at = copy_text(at, &members[i].info);
  }
  return copy;
}

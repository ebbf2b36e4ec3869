#include "net/peer/address_limit.h"

#include <stdlib.h>

static bool has_address(const void *value, const void *key) {
  const struct crowd_member *member = value;
  return address_equals(&member->address, key);
}

void crowd_open(struct crowd *crowd, uint64_t seed) {
  *crowd = (struct crowd){.seed = seed};
  crowd->members.has_key = has_address;
}

void crowd_close(struct crowd *crowd) {
  size_t cursor = 0;
  void *member;
  while ((member = map_next(&crowd->members, &cursor))) {
    free(member);
  }
  map_close(&crowd->members);
}

static uint64_t hash(const struct crowd *crowd, const struct address *address) {
  return map_hash_bytes(address->bytes, sizeof address->bytes, crowd->seed);
}

/* The member, made if there is none; NULL when memory ran out. */
static struct crowd_member *get_member(struct crowd *crowd,
                                       const struct address *address) {
  uint64_t key = hash(crowd, address);
  struct crowd_member *member = map_find(&crowd->members, key, address);
  if (member) return member;
  member = calloc(1, sizeof *member);
  if (!member) return NULL;
  member->address = *address;
  if (map_add(&crowd->members, key, member)) return member;
  free(member);
  return NULL;
}

bool crowd_enter(struct crowd *crowd, struct crowd_place *place,
                 const struct address *address, uint64_t limit) {
  struct address household = address_household(address);
  struct crowd_member *member = get_member(crowd, &household);
  if (!member) return true; /* uncounted: there are worse things just now */
  bool is_past = limit != 0 && member->staying >= limit;
  if (is_past && member->leaving >= limit) return false;
  place->member = member;
  place->is_leaving = is_past;
  if (is_past)
    member->leaving++;
  else
    member->staying++;
  return true;
}

bool crowd_may_stay(struct crowd_place *place, uint64_t limit) {
  struct crowd_member *member = place->member;
  if (!member || !place->is_leaving) return true;
  if (limit != 0 && member->staying >= limit) return false;
  member->leaving--;
  member->staying++;
  place->is_leaving = false;
  return true;
}

void crowd_leave(struct crowd *crowd, struct crowd_place *place) {
  struct crowd_member *member = place->member;
  if (!member) return;
  place->member = NULL;
  if (place->is_leaving)
    member->leaving--;
  else
    member->staying--;
  if (member->staying > 0 || member->leaving > 0) return;
  map_remove(&crowd->members, hash(crowd, &member->address), member);
  free(member);
}

#include "model/address_limit.h"

#include <stdlib.h>

static bool has_address(const void *value, const void *key) {
  const struct address_count *member = value;
  return address_equals(&member->address, key);
}

void address_limit_open(struct address_limit *address_limit, uint64_t seed) {
  *address_limit = (struct address_limit){.seed = seed};
  address_limit->members.has_key = has_address;
}

void address_limit_close(struct address_limit *address_limit) {
  size_t cursor = 0;
  void *member;
  while ((member = map_next(&address_limit->members, &cursor))) {
    free(member);
  }
  map_close(&address_limit->members);
}

static uint64_t hash_of_address(const struct address_limit *address_limit,
                                const struct address *address) {
  return map_hash_bytes(address->bytes, sizeof address->bytes,
                        address_limit->seed);
}

/* Finds the member, or makes it. NULL when memory ran out. */
static struct address_count *get_member(struct address_limit *address_limit,
                                        const struct address *address) {
  uint64_t key = hash_of_address(address_limit, address);
  struct address_count *member =
      map_find(&address_limit->members, key, address);
  if (member) return member;
  member = calloc(1, sizeof *member);
  if (!member) return NULL;
  member->address = *address;
  if (map_add(&address_limit->members, key, member)) return member;
  free(member);
  return NULL;
}

bool address_limit_enter(struct address_limit *address_limit,
                         struct address_place *place,
                         const struct address *address, uint64_t limit) {
  struct address household = address_household(address);
  struct address_count *member = get_member(address_limit, &household);
  if (!member) return true; /* out of memory: let it pass, uncounted */
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

bool address_limit_may_stay(struct address_place *place, uint64_t limit) {
  struct address_count *member = place->member;
  if (!member || !place->is_leaving) return true;
  if (limit != 0 && member->staying >= limit) return false;
  member->leaving--;
  member->staying++;
  place->is_leaving = false;
  return true;
}

void address_limit_leave(struct address_limit *address_limit,
                         struct address_place *place) {
  struct address_count *member = place->member;
  if (!member) return;
  place->member = NULL;
  if (place->is_leaving)
    member->leaving--;
  else
    member->staying--;
  if (member->staying > 0 || member->leaving > 0) return;
  map_remove(&address_limit->members,
             hash_of_address(address_limit, &member->address), member);
  free(member);
}

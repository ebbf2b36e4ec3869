#include "lua/test/stress.h"

#include <stdbool.h>
#include <stdlib.h>

enum { SELDOM = 1500 };

static struct {
  lua_Alloc allocate; /* the state's own allocator */
  void *context;
  bool is_open;
  bool is_inside;     /* inside stress_call */
  bool has_refused;   /* in the next call Lua asks again */
  unsigned countdown; /* objects until the next one is stressed outside of it */
} stress;

/* For a new object Lua passes its type as old_size. Arrays, and buffers of the
   auxiliary library, which do not ask again, have old_size 0. */
static bool is_new_object(const void *block, size_t old_size) {
  return !block && old_size > 0;
}

static bool refuses_object(void) {
  if (stress.has_refused) {
    stress.has_refused = false;
    return false;
  }
  if (!stress.is_inside && stress.countdown-- > 0) return false;
  stress.countdown = SELDOM;
  stress.has_refused = true;
  return true;
}

static void *allocate_stressed(void *context, void *block, size_t old_size,
                               size_t new_size) {
  (void)context;
  if (new_size > 0 && is_new_object(block, old_size) && refuses_object())
    return NULL;
  void *moved = stress.allocate(stress.context, block, old_size, new_size);
  if (moved || new_size == 0) return moved;
  /* The allocator below may itself refuse once; a collection has just run. */
  return stress.allocate(stress.context, block, old_size, new_size);
}

void stress_open(lua_State *L) {
  if (stress.is_open || !getenv("BASE_GC_STRESS")) return;
  stress.allocate = lua_getallocf(L, &stress.context);
  stress.is_open = true;
  lua_setallocf(L, allocate_stressed, NULL);
}

int stress_call(lua_State *L, lua_CFunction function) {
  bool was_inside = stress.is_inside;
  stress.is_inside = stress.is_open;
  int count = function(L);
  stress.is_inside = was_inside;
  return count;
}

#include "api/memory.h"

#include "model/clock.h"

#include <stdlib.h>

enum {
  PARTS = 16,          /* of what is left, which a run may have one of */
  LEEWAY = 1024 * 1024 /* bytes to end a run with */
};

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

size_t memory_ceiling(struct memory *memory) {
  size_t own = memory->begin + memory->most_of_run;
  if (memory->used <= memory->mark) memory->is_short = false;
  if (!memory->is_short) return smaller(own, memory->mark);
  size_t left = memory->used < memory->limit ? memory->limit - memory->used : 0;
  return smaller(own, memory->used + left / PARTS);
}

/* Nothing is left to collect: does it go on in the last tenth? */
static bool goes_on(struct memory *memory, size_t used, size_t more) {
  bool was_short = memory->is_short;
  size_t most = memory->most_of_run;
  if (more > most || used > memory->begin + most) {
    memory->ceiling = memory->used + LEEWAY;
    memory->on_event(memory->context, MEMORY_RUN_PASSED, 0);
    return false;
  }
  memory->is_short = true;
  if (!was_short) memory->on_event(memory->context, MEMORY_SHORT, 0);
  if (!was_short) memory->ceiling = memory_ceiling(memory);
  if (used <= memory->ceiling) return true;
  memory->ceiling = memory->used + LEEWAY;
  memory->on_event(memory->context, MEMORY_HEAP_PASSED, 0);
  return false;
}

/* Past the ceiling. A new object of Lua's comes with its type instead of a
   size; what comes with a size may be a buffer, which is not asked for twice.
 */
static bool may_grow(struct memory *memory, const void *block, size_t size,
                     size_t more, bool is_object) {
  bool is_again =
      memory->refused_size == size && memory->refused == block && size > 0;
  memory->refused_size = 0;
  if (is_again)
    memory->on_event(memory->context, MEMORY_COLLECTED,
                     clock_monotonic() - memory->refused_at);
  size_t used = memory->used + more;
  if (used <= memory->ceiling) return true;
  bool may_ask_once = !is_object && !memory->is_short;
  if (may_ask_once && used <= memory->limit &&
      used <= memory->ceiling + memory->most_of_run)
    return true;
  if (is_again || may_ask_once || more > memory->most_of_run)
    return goes_on(memory, used, more);
  memory->refused = block;
  memory->refused_size = size;
  memory->refused_at = clock_monotonic();
  return false;
}

static void *allocate(void *context, void *block, size_t old_size,
                      size_t size) {
  struct memory *memory = context;
  size_t old = block ? old_size : 0;
  size_t used = memory->used - old + size;
  if (size == 0) {
    free(block);
    memory->used = used;
    return NULL;
  }
  if (used > memory->ceiling && size > old &&
      !may_grow(memory, block, size, size - old, !block && old_size > 0))
    return NULL;
  void *moved = realloc(block, size);
  if (moved) memory->used = used;
  return moved;
}

void memory_open(struct memory *memory, lua_State *L) {
  memory->used =
      (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB);
  memory->ceiling = MEMORY_UNLIMITED;
  memory_set_limits(memory, 0, 0);
  lua_setallocf(L, allocate, memory);
}

void memory_set_limits(struct memory *memory, uint64_t run, uint64_t heap) {
  memory->most_of_run =
      run > 0 && run < MEMORY_UNLIMITED ? run : MEMORY_UNLIMITED;
  memory->limit =
      heap > 0 && heap < MEMORY_UNLIMITED ? heap : 3 * MEMORY_UNLIMITED;
  memory->mark = memory->limit - memory->limit / 10;
}

bool memory_is_short(const struct memory *memory) {
  return memory->is_short && memory->used > memory->mark;
}

#include "lua/vm/memory.h"

#include <stdlib.h>

enum { PARTS = 32 }; /* a run may have one such part of what is left */

static size_t smaller_bytes(size_t a, size_t b) {
  return a < b ? a : b;
}

static size_t own_ceiling(const struct memory *memory) {
  return memory->begin + memory->most_of_run;
}

/* The ceiling of a run that has its part of what is left. */
static size_t ceiling_in_reserve(const struct memory *memory) {
  size_t used = memory->used;
  size_t left = used < memory->limit ? memory->limit - used : 0;
  return smaller_bytes(own_ceiling(memory), used + left / PARTS);
}

/* A heap that is not short has the mark as its ceiling: there garbage is
   collected first. */
size_t memory_ceiling(struct memory *memory) {
  if (memory->used <= memory->mark || !memory->is_short)
    return smaller_bytes(own_ceiling(memory), memory->mark);
  return ceiling_in_reserve(memory);
}

/* Ends the run at its next instruction. The run is given a little memory once,
   since a refusal makes Lua collect all garbage. */
static bool pass_limit(struct memory *memory, enum memory_event event,
                       size_t more) {
  size_t little = (memory->limit - memory->mark) / PARTS / PARTS;
  bool is_given = !memory->is_passed &&
                  more <= smaller_bytes(little, MEMORY_OF_REPORT / PARTS);
  memory->is_passed = true;
  memory->ceiling = memory->used + MEMORY_OF_REPORT;
  memory->on_event(memory->context, event);
  return is_given;
}

/* A collection would not help. Whether the run may go on in the reserve. */
static bool goes_on(struct memory *memory, size_t used, size_t more) {
  if (more > memory->most_of_run || used > own_ceiling(memory))
    return pass_limit(memory, MEMORY_RUN_PASSED, more);
  if (memory->ceiling == memory->mark) {
    memory->is_short = true;
    memory->on_event(memory->context, MEMORY_SHORT);
    memory->ceiling = ceiling_in_reserve(memory);
  }
  return used <= memory->ceiling ||
         pass_limit(memory, MEMORY_HEAP_PASSED, more);
}

/* Whether a quarter of what a run or the reserve may take was allocated since
   the last collection. */
static bool is_worth_collecting(const struct memory *memory) {
  size_t most =
      smaller_bytes(memory->most_of_run, memory->limit - memory->mark);
  return memory->used >= memory->collected + most / 4;
}

/* Whether Lua asks again for the block that was refused. The ceiling is 0 until
   then, so the next allocation always comes here. */
static bool is_asked_again(struct memory *memory, const void *block,
                           size_t size) {
  if (memory->ceiling != 0) return false;
  memory->ceiling = memory->ceiling_then;
  memory_collected(memory);
  memory->on_event(memory->context, MEMORY_COLLECTED);
  return memory->refused == block && memory->refused_size == size;
}

static bool refuse_once(struct memory *memory, const void *block, size_t size) {
  memory->refused = block;
  memory->refused_size = size;
  memory->ceiling_then = memory->ceiling;
  memory->ceiling = 0;
  memory->on_event(memory->context, MEMORY_COLLECTS);
  return false;
}

/* Decides about an allocation above the ceiling. For a new object Lua passes
   its type instead of an old size; a block with an old size may be a buffer,
   which Lua does not ask for twice. */
__attribute__((noinline, cold)) static bool may_grow(struct memory *memory,
                                                     const void *block,
                                                     size_t old_size,
                                                     size_t size) {
  bool is_object = !block && old_size > 0;
  size_t old = block ? old_size : 0;
  if (size <= old) return true;
  size_t more = size - old;
  bool is_again = is_asked_again(memory, block, size);
  size_t used = memory->used + more;
  if (used <= memory->ceiling) return true;
  if (!is_object && !memory->is_short && used <= memory->limit &&
      used <= memory->ceiling + memory->most_of_run)
    return true;
  if (is_again || !is_object || more > memory->most_of_run ||
      !is_worth_collecting(memory))
    return goes_on(memory, used, more);
  return refuse_once(memory, block, size);
}

/* Every allocation of every message comes here: rare cases are left to
   may_grow. */
static void *allocate_counted(void *context, void *block, size_t old_size,
                              size_t size) {
  struct memory *memory = context;
  if (size == 0) {
    memory->used -= old_size;
    memory->freed += old_size;
    free(block);
    return NULL;
  }
  /* It wraps around when the block shrinks. */
  size_t more = block ? size - old_size : size;
  size_t used = memory->used + more;
  if (used > memory->ceiling && !may_grow(memory, block, old_size, size))
    return NULL;
  memory->used = used;
  void *moved = block ? realloc(block, size) : malloc(size);
  if (!moved)
    memory->used -= more;
  else if (block && size < old_size)
    memory->freed += old_size - size;
  return moved;
}

void memory_open(struct memory *memory, lua_State *L) {
  memory->used =
      (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB);
  memory->ceiling = MEMORY_UNLIMITED;
  memory_set_limits(memory, 0, 0);
  lua_setallocf(L, allocate_counted, memory);
}

void memory_set_limits(struct memory *memory, uint64_t run, uint64_t heap) {
  memory->most_of_run =
      run > 0 && run < MEMORY_UNLIMITED ? run : MEMORY_UNLIMITED;
  memory->limit =
      heap > 0 && heap < MEMORY_UNLIMITED ? heap : 3 * MEMORY_UNLIMITED;
  memory->mark = memory->limit - memory->limit / 10;
  memory->low = memory->limit - memory->limit / 8;
}

bool memory_is_short(const struct memory *memory) {
  return memory->is_short && memory->used > memory->low;
}

#ifndef BASE_LUA_VM_MEMORY_H
#define BASE_LUA_VM_MEMORY_H

/*
** Lua's allocator: it counts the heap and refuses to go beyond a ceiling. Of
** runs it only knows when one begins and ends.
**
** When an allocation is refused, Lua collects all garbage and asks once more.
** Only if that did not help, a limit has passed. A full collection takes long
** when the heap is large, so it is done only when enough has been allocated
** since the last one. The buffers of Lua's own library do not ask twice; an
** allocation that may be such a buffer is refused later.
**
** When more than nine tenths of `limit` are used, the heap is short. The last
** tenth is kept for the connections that exist: each run may take only a small
** part of what is left, so that no run takes all of it.
*/
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_UNLIMITED (SIZE_MAX / 4)
#define MEMORY_OF_REPORT ((size_t)1 << 20)

enum memory_event {
  MEMORY_RUN_PASSED,  /* the run has added more than a run may */
  MEMORY_HEAP_PASSED, /* the heap has no room left for the run */
  MEMORY_SHORT,       /* nine tenths have passed */
  MEMORY_COLLECTS,    /* a full collection begins, which may take long */
  MEMORY_COLLECTED
};

struct memory {
  size_t used;    /* the Lua heap */
  size_t freed;   /* bytes freed so far */
  size_t ceiling; /* above it, may_grow decides */
  size_t begin;   /* `used` when the run began */
  size_t most_of_run;
  size_t limit; /* of the heap */
  size_t mark;  /* nine tenths of that */
  size_t low;   /* a little less: at or below it the heap is no longer short */
  size_t collected; /* `used` after the last full collection */
  bool is_short;
  bool is_passed;      /* this run has passed a limit and is being ended */
  const void *refused; /* the block that Lua will ask for again; until then
                          `ceiling` is 0 */
  size_t refused_size;
  size_t ceiling_then;
  void (*on_event)(void *context, enum memory_event event);
  void *context;
};

/* Takes over the allocations of a state that uses malloc. */
void memory_open(struct memory *memory, lua_State *L);

/* Bytes; 0: no limit. */
void memory_set_limits(struct memory *memory, uint64_t run, uint64_t heap);

/* All bytes allocated so far, freed or not. The difference of two values is
   what was allocated between them. */
static inline uint64_t memory_allocated(const struct memory *memory) {
  return memory->used + memory->freed;
}

/* Whether the heap is still short. */
bool memory_is_short(const struct memory *memory);

/* The ceiling of a run that begins above the mark or could reach it. */
size_t memory_ceiling(struct memory *memory);

static inline void memory_begin(struct memory *memory) {
  memory->begin = memory->used;
  memory->is_passed = false;
  if (memory->used <= memory->low) memory->is_short = false;
  if (memory->used < memory->collected) memory->collected = memory->used;
  size_t ceiling = memory->used + memory->most_of_run;
  memory->ceiling = ceiling <= memory->mark ? ceiling : memory_ceiling(memory);
}

/* Gives the report of a failure MEMORY_OF_REPORT bytes, however short the heap
   is. `begin` is set as if the run had already used the rest of what it may
   add. */
static inline void memory_begin_report(struct memory *memory) {
  memory->ceiling = memory->used + MEMORY_OF_REPORT;
  memory->begin = memory->ceiling - memory->most_of_run;
}

/* All garbage has been collected. */
static inline void memory_collected(struct memory *memory) {
  memory->collected = memory->used;
}

/* Outside of runs there is no ceiling: what Base allocates itself is bounded by
   the size of its input. */
static inline void memory_end(struct memory *memory) {
  memory->ceiling = MEMORY_UNLIMITED;
}

#endif

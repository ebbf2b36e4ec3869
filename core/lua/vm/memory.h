#ifndef BASE_LUA_VM_MEMORY_H
#define BASE_LUA_VM_MEMORY_H

/*
** Lua's allocator: counts the heap, and refuses what goes beyond a ceiling.
** Knows nothing of runs but when one begins and ends.
**
** What is refused Lua asks for once more, after it has collected all garbage;
** only when that was of no use has a limit passed. That takes long where others
** hold much, so it is done only when enough has been allocated since the last
** time. The buffers of Lua's own library do not ask twice, so what may be one
** of theirs is refused later.
**
** Past nine tenths of `limit` the heap is short. The last tenth is for those
** who are there: each run may have a small part of what is left, and so nobody
** takes all of it.
*/
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_UNLIMITED (SIZE_MAX / 4)
#define MEMORY_OF_REPORT ((size_t)1 << 20)

enum memory_event {
  MEMORY_RUN_PASSED,  /* the run has added more than it may */
  MEMORY_HEAP_PASSED, /* the heap has no more for it */
  MEMORY_SHORT,       /* nine tenths have passed */
  MEMORY_COLLECTS,    /* all garbage, which may be others' and take long */
  MEMORY_COLLECTED
};

struct memory {
  size_t used;    /* the Lua heap */
  size_t freed;   /* of all that was allocated so far */
  size_t ceiling; /* where it is looked at more closely */
  size_t begin;   /* what was used when the run began */
  size_t most_of_run;
  size_t limit;     /* of the heap */
  size_t mark;      /* nine tenths of that */
  size_t low;       /* a little less: there it is no longer short */
  size_t collected; /* what was used after the last full collection */
  bool is_short;
  bool is_passed;      /* by this run: it is being ended */
  const void *refused; /* what Lua will ask for again; the ceiling is 0 */
  size_t refused_size;
  size_t ceiling_then;
  void (*on_event)(void *context, enum memory_event event);
  void *context;
};

/* Takes over the allocations of a state that uses malloc. */
void memory_open(struct memory *memory, lua_State *L);

/* Bytes; 0: no limit. */
void memory_set_limits(struct memory *memory, uint64_t run, uint64_t heap);

/* All that was allocated so far, freed or not: the difference of two is what
   the time between has cost. */
static inline uint64_t memory_allocated(const struct memory *memory) {
  return memory->used + memory->freed;
}

/* Whether the heap is short still. */
bool memory_is_short(const struct memory *memory);

/* The ceiling of a run that begins above the mark, or could come there. */
size_t memory_ceiling(struct memory *memory);

static inline void memory_begin(struct memory *memory) {
  memory->begin = memory->used;
  memory->is_passed = false;
  if (memory->used <= memory->low) memory->is_short = false;
  if (memory->used < memory->collected) memory->collected = memory->used;
  size_t ceiling = memory->used + memory->most_of_run;
  memory->ceiling = ceiling <= memory->mark ? ceiling : memory_ceiling(memory);
}

/* However short the heap is, so much is there: to say that it is. It is as if
   the run had added already what else it may. */
static inline void memory_begin_report(struct memory *memory) {
  memory->ceiling = memory->used + MEMORY_OF_REPORT;
  memory->begin = memory->ceiling - memory->most_of_run;
}

/* All garbage has been collected. */
static inline void memory_collected(struct memory *memory) {
  memory->collected = memory->used;
}

/* What Base does itself is bounded by what it was sent. */
static inline void memory_end(struct memory *memory) {
  memory->ceiling = MEMORY_UNLIMITED;
}

#endif

#ifndef BASE_LIB_ALLOWANCE_H
#define BASE_LIB_ALLOWANCE_H

/*
** How much processor time a piece of work may take that a stranger has caused
** and that no other limit ends. The work calls allowance_look again and again.
** Only the thread's own processor time counts, not the time in which other
** processes run.
**
** The longest stretch between two looks is not counted: it may contain work
** that is not the stranger's, such as a long step of Lua's collector.
*/
#include <stdbool.h>
#include <stdint.h>

struct allowance {
  uint64_t most; /* nanoseconds */
  bool is_used_up;
  uint64_t looked;  /* time of the last look, by the fast clock; 0: none yet */
  uint64_t began;   /* the thread's processor time at the first look */
  uint64_t last;    /* the thread's processor time when it was last read */
  uint64_t longest; /* the longest stretch between two readings */
};

/* Looks at the clock. True when the allowance is used up; it stays so. */
bool allowance_look(struct allowance *allowance);

#endif

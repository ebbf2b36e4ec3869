#ifndef BASE_LIB_ALLOWANCE_H
#define BASE_LIB_ALLOWANCE_H

/*
** How much of the processor something may take that a stranger has caused, and
** that nothing else ends. It is to be looked at again and again meanwhile. What
** passes on a busy machine, while others have the processor, is not counted.
**
** Nor is the longest stretch of it: in that, what was not the stranger's doing
** may have had its turn, as a long step of Lua's collector.
*/
#include <stdbool.h>
#include <stdint.h>

struct allowance {
  uint64_t most; /* nanoseconds */
  bool is_used_up;
  uint64_t looked;  /* by the clock that is read quickly; 0: not yet */
  uint64_t began;   /* what the thread had had of the processor by then, */
  uint64_t last;    /* and when that was read last */
  uint64_t longest; /* of the stretches in between */
};

/* Looks at the clock. Whether it is used up by now: then it stays so. */
bool allowance_look(struct allowance *allowance);

#endif

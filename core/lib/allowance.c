#include "lib/allowance.h"

#include "lib/clock.h"

/* The thread's time is read at most this often, because that takes long. */
enum { STRETCH = 1000000 /* nanoseconds */ };

static void begin_allowance(struct allowance *allowance, uint64_t now) {
  allowance->looked = now;
  allowance->began = allowance->last = clock_of_thread();
}

static void count_stretch(struct allowance *allowance, uint64_t now) {
  uint64_t processor = clock_of_thread();
  uint64_t stretch = processor - allowance->last;
  if (stretch > allowance->longest) allowance->longest = stretch;
  allowance->looked = now;
  allowance->last = processor;
  uint64_t used = processor - allowance->began - allowance->longest;
  if (used > allowance->most) allowance->is_used_up = true;
}

bool allowance_look(struct allowance *allowance) {
  uint64_t now = clock_nanoseconds();
  if (allowance->looked == 0)
    begin_allowance(allowance, now);
  else if (now - allowance->looked >= STRETCH)
    count_stretch(allowance, now);
  return allowance->is_used_up;
}

#include "model/allowance.h"

#include "model/clock.h"

static void begin(struct allowance *allowance, uint64_t now) {
  allowance->began = allowance->looked = now;
  allowance->processor = clock_of_thread();
}

static void note_stretch(struct allowance *allowance, uint64_t now) {
  uint64_t stretch = now - allowance->looked;
  if (stretch > allowance->longest) allowance->longest = stretch;
  allowance->looked = now;
}

bool allowance_look(struct allowance *allowance) {
  uint64_t now = clock_nanoseconds();
  if (allowance->began == 0) {
    begin(allowance, now);
    return allowance->is_used_up;
  }
  note_stretch(allowance, now);
  uint64_t most = allowance->most + allowance->longest;
  if (now - allowance->began > most &&
      clock_of_thread() - allowance->processor > most)
    allowance->is_used_up = true;
  return allowance->is_used_up;
}

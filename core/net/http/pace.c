#include "net/http/pace.h"

enum { LOOKS_PER_PERIOD = 8 };

static void add_credit(struct pace *pace, uint64_t taken) {
  pace->credit += taken - pace->taken;
  pace->taken = taken;
}

static void cap_credit(struct pace *pace) {
  if (pace->credit > PACE_CREDIT) pace->credit = PACE_CREDIT;
}

/* Takes the cost of the passed time from the credit. False when the credit is
   too small. */
static bool pay_credit(struct pace *pace, uint64_t now, uint64_t period) {
  uint64_t passed = now - pace->at;
  uint64_t cost =
      passed / period * PACE_STEP + passed % period * PACE_STEP / period;
  bool can = cost < pace->credit;
  pace->credit = can ? pace->credit - cost : 0;
  pace->at = now;
  return can;
}

/* The time until the credit is used up. It is at least an eighth of a period,
   to look less often, and long enough that its cost is not rounded to zero. */
static uint64_t time_left(const struct pace *pace, uint64_t period) {
  uint64_t left = pace->credit * period / PACE_STEP;
  uint64_t least = period / LOOKS_PER_PERIOD;
  return (left > least ? left : least) + 1;
}

uint64_t pace_begin(struct pace *pace, uint64_t taken, uint64_t now,
                    uint64_t period) {
  if (!pace->is_begun) {
    pace->is_begun = true;
    pace->credit = PACE_STEP;
  }
  add_credit(pace, taken);
  if (pace->is_waiting)
    (void)pay_credit(pace, now, period);
  else
    pace->at = now;
  pace->is_waiting = true;
  cap_credit(pace);
  return time_left(pace, period);
}

uint64_t pace_look(struct pace *pace, uint64_t taken, uint64_t now,
                   uint64_t period) {
  add_credit(pace, taken);
  bool is_good = pay_credit(pace, now, period);
  cap_credit(pace);
  return is_good ? time_left(pace, period) : 0;
}

void pace_end(struct pace *pace, uint64_t taken, uint64_t now,
              uint64_t period) {
  if (!pace->is_waiting) return;
  add_credit(pace, taken);
  (void)pay_credit(pace, now, period);
  cap_credit(pace);
  pace->is_waiting = false;
}

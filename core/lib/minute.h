#ifndef BASE_LIB_MINUTE_H
#define BASE_LIB_MINUTE_H

/*
** Keeps repeated events from filling the log: the first one is logged at once,
** those of the following minute are counted. Knows no clock: the caller gives
** the seconds, which are never 0.
*/
#include <stdbool.h>
#include <stdint.h>

/* Born zero. */
struct minute {
  uint64_t told;   /* second of the last log line, or 0 */
  uint64_t untold; /* how many events since then */
};

/* Counts one event. True when the caller should log it; then a minute
   begins. */
bool minute_add(struct minute *minute, uint64_t second);

/* Once the minute is over, returns the count of events that were not logged. If
   it is not 0, the caller logs it, and another minute begins. Returns 0 while
   the minute lasts. */
uint64_t minute_end(struct minute *minute, uint64_t second);

#endif

#ifndef BASE_NET_HTTP_PACE_H
#define BASE_NET_HTTP_PACE_H

/*
** Whether a reader takes what waits for it fast enough: PACE_STEP bytes in
** each period. What it takes beyond that is credited, up to PACE_CREDIT,
** because the kernel reports progress in steps as large as a segment, 64 KB on
** loopback. Time counts only while something waits. Knows no sockets.
*/
#include <stdbool.h>
#include <stdint.h>

enum { PACE_STEP = 16 * 1024, PACE_CREDIT = 4 * PACE_STEP };

/* Born zero. */
struct pace {
  bool is_begun;
  bool is_waiting; /* read-only */
  uint64_t taken;  /* bytes taken by the last look */
  uint64_t at;     /* milliseconds: the time of the last look */
  uint64_t credit; /* bytes */
};

/* Something waits from now on. `taken` is all that the reader has taken so far.
   Returns the milliseconds until the next look, never 0. */
uint64_t pace_begin(struct pace *pace, uint64_t taken, uint64_t now,
                    uint64_t period);

/* The same while something waits; 0 when the reader is too slow. */
uint64_t pace_look(struct pace *pace, uint64_t taken, uint64_t now,
                   uint64_t period);

/* Nothing waits any more. */
void pace_end(struct pace *pace, uint64_t taken, uint64_t now, uint64_t period);

#endif

#ifndef BASE_NET_HTTP_PACE_H
#define BASE_NET_HTTP_PACE_H

/*
** Whether somebody takes what waits for them fast enough: PACE_STEP bytes in
** each period. What they take beyond that is credited to them, up to
** PACE_CREDIT, since the kernel tells of it in pieces as large as a segment, 64
** KB on loopback. Time counts only while something waits. Knows no sockets.
*/
#include <stdbool.h>
#include <stdint.h>

enum { PACE_STEP = 16 * 1024, PACE_CREDIT = 4 * PACE_STEP };

/* Born zero. */
struct pace {
  bool is_begun;
  bool is_waiting; /* read-only */
  uint64_t taken;  /* bytes, when it was last looked at */
  uint64_t at;     /* milliseconds, likewise */
  uint64_t credit; /* bytes */
};

/* Something waits from now on, if it did not already; `taken` is what they have
   taken so far. Returns the milliseconds after which to look, never 0. */
uint64_t pace_begin(struct pace *pace, uint64_t taken, uint64_t now,
                    uint64_t period);

/* Likewise, while it waits: 0 when they are too slow. */
uint64_t pace_look(struct pace *pace, uint64_t taken, uint64_t now,
                   uint64_t period);

/* It waits no more. */
void pace_end(struct pace *pace, uint64_t taken, uint64_t now, uint64_t period);

#endif

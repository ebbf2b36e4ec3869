#ifndef BASE_LIB_CLOCK_H
#define BASE_LIB_CLOCK_H

#include <stdint.h>

/* Milliseconds that only go forward. Zero is an arbitrary moment. */
uint64_t clock_monotonic(void);

/* The same clock, some milliseconds behind, and several times as fast to
   read. */
uint64_t clock_coarse(void);

/* The same clock in nanoseconds, and the processor time of this thread in
   nanoseconds. The latter takes ten times as long to read. */
uint64_t clock_nanoseconds(void);
uint64_t clock_of_thread(void);

/* Seconds since 1970 UTC, with a fraction. May jump. */
double clock_unix(void);

#endif

#ifndef BASE_LIB_CLOCK_H
#define BASE_LIB_CLOCK_H

#include <stdint.h>

/* Milliseconds that only go forward; their zero means nothing. */
uint64_t clock_monotonic(void);

/* The same, some milliseconds behind, and a few times as fast to read. */
uint64_t clock_coarse(void);

/* The same in nanoseconds, and what this thread has had of the processor. The
   latter takes ten times as long to read. */
uint64_t clock_nanoseconds(void);
uint64_t clock_of_thread(void);

/* Seconds since 1970 UTC, with a fraction. May jump. */
double clock_unix(void);

#endif

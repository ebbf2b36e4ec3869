#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds that only go forward; their zero means nothing. */
uint64_t clock_monotonic(void);

/* Seconds since 1970 UTC, with a fraction. May jump. */
double clock_unix(void);

#endif

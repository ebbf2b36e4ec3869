#ifndef BASE_LIB_MINUTE_H
#define BASE_LIB_MINUTE_H

/*
** Keeps what happens over and over from filling the log: the first time is told
** at once, and those of the minute after it are counted. Knows no clock: the
** seconds are the caller's, and never 0.
*/
#include <stdbool.h>
#include <stdint.h>

/* Born zero. */
struct minute {
  uint64_t told;   /* second of the last line, or 0 */
  uint64_t untold; /* how often since */
};

/* It has happened again. True: it is to be told, and a minute begins. */
bool minute_add(struct minute *minute, uint64_t second);

/* The minute is over: returns how often it has happened untold; if it has,
   that is to be told, and another minute begins. 0 while the minute lasts. */
uint64_t minute_end(struct minute *minute, uint64_t second);

#endif

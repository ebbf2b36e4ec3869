#ifndef BASE_LIB_BUCKET_H
#define BASE_LIB_BUCKET_H

/*
** A token bucket: `burst` things at once, and `rate` a second after that. Born
** zero, which is full. Knows no clock.
*/
#include <stdbool.h>
#include <stdint.h>

enum { BUCKET_WHOLE = 1000 }; /* the price of one thing */

struct bucket {
  uint64_t tokens; /* thousandths */
  uint64_t at;     /* milliseconds: when `tokens` was counted; 0: never */
};

/* Takes a price out of the bucket. `now` never goes backwards. When too few
   tokens are there, returns false and takes nothing. A burst of 0 means a burst
   as large as the rate. */
bool bucket_take(struct bucket *bucket, uint64_t now, uint64_t rate,
                 uint64_t burst, uint64_t price);

#endif

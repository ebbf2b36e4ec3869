#ifndef BASE_LOAD_HISTOGRAM_H
#define BASE_LOAD_HISTOGRAM_H

/*
** How often each value came, in buckets that grow with the value: exact below
** 256, and never more than 1/128 too high above, over all 64 bits. Recording
** is one addition, and no value is thrown away.
*/
#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 58 * 128 };

struct histogram {
  uint64_t counts[HISTOGRAM_BUCKETS];
  uint64_t count, max;
};

void histogram_record(struct histogram *histogram, uint64_t value);
/* Records all that another one has. */
void histogram_merge(struct histogram *histogram, const struct histogram *more);
/* The smallest value that so many of all (0 < fraction <= 1) do not exceed, as
   far as the buckets tell; 0 of an empty one. */
uint64_t histogram_at(const struct histogram *histogram, double fraction);

#endif

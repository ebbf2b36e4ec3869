#include "load_histogram.h"

/* The eight highest bits of a value, and how far they were shifted down. */
static unsigned bucket_of(uint64_t value) {
  if (value < 256) return (unsigned)value;
  unsigned shift = 56 - (unsigned)__builtin_clzll(value);
  return shift * 128 + (unsigned)(value >> shift);
}

static uint64_t highest_in(unsigned bucket) {
  if (bucket < 256) return bucket;
  unsigned shift = bucket / 128 - 1;
  uint64_t lowest = (uint64_t)(bucket % 128 + 128) << shift;
  return lowest + (((uint64_t)1 << shift) - 1);
}

void histogram_record(struct histogram *histogram, uint64_t value) {
  histogram->counts[bucket_of(value)]++;
  histogram->count++;
  if (value > histogram->max) histogram->max = value;
}

void histogram_merge(struct histogram *histogram,
                     const struct histogram *more) {
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
    histogram->counts[i] += more->counts[i];
  histogram->count += more->count;
  if (more->max > histogram->max) histogram->max = more->max;
}

uint64_t histogram_at(const struct histogram *histogram, double fraction) {
  uint64_t wanted = (uint64_t)(fraction * (double)histogram->count);
  if ((double)wanted < fraction * (double)histogram->count) wanted++;
  uint64_t seen = 0;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += histogram->counts[i];
    if (seen >= wanted && seen > 0) {
      uint64_t highest = highest_in(i);
      return highest < histogram->max ? highest : histogram->max;
    }
  }
  return histogram->max;
}

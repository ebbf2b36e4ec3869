#include "lib/bucket.h"

/* A larger value would overflow, and limits nothing anyway. */
static const uint64_t largest = 1000000000;

static uint64_t least_of(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

bool bucket_take(struct bucket *bucket, uint64_t now, uint64_t rate,
                 uint64_t burst, uint64_t price) {
  rate = least_of(rate, largest);
  uint64_t most = least_of(burst ? burst : rate, largest) * BUCKET_WHOLE;
  if (bucket->at == 0) bucket->tokens = most;
  if (bucket->at != 0 && now > bucket->at) {
    /* N tokens a second are N thousandths a millisecond. */
    uint64_t passed = least_of(now - bucket->at, most / (rate ? rate : 1) + 1);
    bucket->tokens += passed * rate;
  }
  bucket->tokens = least_of(bucket->tokens, most);
  bucket->at = now ? now : 1;
  if (bucket->tokens < price) return false;
  bucket->tokens -= price;
  return true;
}

/*
** Token buckets, at times of our own.
*/
#include "check.h"
#include "lib/bucket.h"

/* How many of a thousand are given at one time. */
static int take_all(struct bucket *bucket, uint64_t now, uint64_t rate,
                    uint64_t burst) {
  int count = 0;
  for (int i = 0; i < 1000; i++) {
    count += bucket_take(bucket, now, rate, burst, BUCKET_WHOLE);
  }
  return count;
}

static void test_burst_and_rate(void) {
  struct bucket bucket = {0};
  CHECK(take_all(&bucket, 5, 100, 200) == 200);
  CHECK(take_all(&bucket, 14, 100, 200) == 0);
  CHECK(take_all(&bucket, 15, 100, 200) == 1);
  CHECK(take_all(&bucket, 1015, 100, 200) == 100);
  CHECK(take_all(&bucket, 9000, 100, 200) == 200); /* no more is kept */
}

/* Steps that are shorter than a token's time lose nothing. */
static void test_small_steps(void) {
  struct bucket bucket = {0};
  int count = take_all(&bucket, 1, 3, 1);
  for (uint64_t now = 2; now <= 10001; now++) {
    count += bucket_take(&bucket, now, 3, 1, BUCKET_WHOLE);
  }
  CHECK(count == 1 + 29); /* one each 334 ms */
}

static void test_prices(void) {
  struct bucket bucket = {0};
  int count = 0;
  for (int i = 0; i < 100; i++) {
    count += bucket_take(&bucket, 1, 1, 2, BUCKET_WHOLE / 4);
  }
  CHECK(count == 8);
}

static void test_edges(void) {
  struct bucket bucket = {0};
  CHECK(take_all(&bucket, 0, 7, 0) == 7); /* as large as the rate */
  CHECK(take_all(&bucket, 0, 7, 0) == 0);
  CHECK(take_all(&bucket, UINT64_MAX, 7, 0) == 7);
  bucket = (struct bucket){0};
  CHECK(take_all(&bucket, 1, UINT64_MAX, UINT64_MAX) == 1000);
  CHECK(take_all(&bucket, UINT64_MAX, UINT64_MAX, UINT64_MAX) == 1000);
  CHECK(take_all(&bucket, UINT64_MAX, 1, 3) == 3); /* after a reload */
  CHECK(take_all(&bucket, 1, 1, 3) == 0);          /* never backwards */
}

int main(void) {
  test_burst_and_rate();
  test_small_steps();
  test_prices();
  test_edges();
  return check_report();
}

/* What is counted, and where. */
#include "check.h"
#include "model/counters.h"

#include <string.h>

static uint64_t closes_of(const struct counters *counters, int code) {
  for (int i = 0; i < COUNTERS_CLOSES; i++) {
    if (counters_close_codes[i] == code) return counters->closes[i];
  }
  return UINT64_MAX;
}

static uint64_t errors_of(const struct counters *counters, const char *code) {
  for (int i = 0; i < COUNTERS_ERRORS; i++) {
    if (strcmp(counters_error_codes[i], code) == 0) return counters->errors[i];
  }
  return UINT64_MAX;
}

static void closes_are_counted_by_code(void) {
  struct counters counters = {0};
  counters_add_close(&counters, 1000);
  counters_add_close(&counters, 4029);
  counters_add_close(&counters, 4029);
  CHECK(closes_of(&counters, 1000) == 1);
  CHECK(closes_of(&counters, 4029) == 2);
  CHECK(closes_of(&counters, 1001) == 0);
}

static void codes_of_scripts_share_a_place(void) {
  struct counters counters = {0};
  counters_add_close(&counters, 4100);
  counters_add_close(&counters, 3999);
  counters_add_close(&counters, 0);
  CHECK(closes_of(&counters, 0) == 3);
}

static void errors_are_counted_by_code(void) {
  struct counters counters = {0};
  counters_add_error(&counters, "busy");
  counters_add_error(&counters, "full");
  counters_add_error(&counters, "other");
  CHECK(errors_of(&counters, "busy") == 1);
  CHECK(errors_of(&counters, "other") == 2);
  CHECK(errors_of(&counters, "failed") == 0);
}

static void a_bound_belongs_to_its_bucket(void) {
  struct histogram histogram = {0};
  histogram_add(&histogram, 0);
  histogram_add(&histogram, 1);
  histogram_add(&histogram, 2);
  histogram_add(&histogram, 5);
  CHECK(histogram.buckets[0] == 2);
  CHECK(histogram.buckets[1] == 2);
  CHECK(histogram_count(&histogram) == 4);
}

static void any_time_has_a_bucket(void) {
  struct histogram histogram = {0};
  histogram_add(&histogram, 60001);
  histogram_add(&histogram, UINT64_MAX / 2);
  CHECK(histogram.buckets[HISTOGRAM_BUCKETS - 1] == 2);
  CHECK(histogram.longest == UINT64_MAX / 2);
  CHECK(histogram.sum == 60001 + UINT64_MAX / 2);
}

int main(void) {
  closes_are_counted_by_code();
  codes_of_scripts_share_a_place();
  errors_are_counted_by_code();
  a_bound_belongs_to_its_bucket();
  any_time_has_a_bucket();
  return check_report();
}

#include "model/counters.h"

#include "model/connection.h"

#include <string.h>

const uint64_t histogram_bounds[HISTOGRAM_BUCKETS] = {
    1, 5, 10, 50, 100, 500, 1000, 5000, 10000, 60000, UINT64_MAX};

void histogram_add(struct histogram *histogram, uint64_t milliseconds) {
  size_t i = 0;
  while (milliseconds > histogram_bounds[i]) {
    i++;
  }
  histogram->buckets[i]++;
  histogram->sum += milliseconds;
  if (milliseconds > histogram->longest) histogram->longest = milliseconds;
}

uint64_t histogram_count(const struct histogram *histogram) {
  uint64_t count = 0;
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
    count += histogram->buckets[i];
  }
  return count;
}

/* A peer may close with any of several thousand codes. All codes of scripts
   share the last place, so that nobody can flood the monitoring with them. */
const int counters_close_codes[COUNTERS_CLOSES] = {
    CLOSE_DONE,      CLOSE_SHUTDOWN,    CLOSE_PROTOCOL,
    CLOSE_NO_BINARY, CLOSE_NONE_GIVEN,  CLOSE_ABNORMAL,
    CLOSE_BAD_TEXT,  CLOSE_TOO_BIG,     CLOSE_FAILED,
    CLOSE_RESTART,   CLOSE_TRY_LATER,   CLOSE_NOT_AUTHENTICATED,
    CLOSE_SENT_AWAY, CLOSE_SLOW_READER, CLOSE_TOO_MANY,
    CLOSE_LATE,      CLOSE_RATE,        0};

const char *const counters_error_codes[COUNTERS_ERRORS] = {
    "invalid", "unknown",   "failed",    "timeout", "busy",
    "rate",    "forbidden", "no_answer", "other"};

const char *const counters_end_limits[COUNTERS_ENDED] = {
    "run_time", "run_memory", "memory"};

void counters_add_close(struct counters *counters, int code) {
  size_t i = 0;
  while (i < COUNTERS_CLOSES - 1 && counters_close_codes[i] != code) {
    i++;
  }
  counters->closes[i]++;
}

void counters_add_error(struct counters *counters, const char *code) {
  size_t i = 0;
  while (i < COUNTERS_ERRORS - 1 &&
         strcmp(counters_error_codes[i], code) != 0) {
    i++;
  }
  counters->errors[i]++;
}

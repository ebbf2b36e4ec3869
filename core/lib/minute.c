#include "lib/minute.h"

enum { MINUTE = 60 /* seconds */ };

static bool is_over(const struct minute *minute, uint64_t second) {
  return minute->told == 0 || second - minute->told >= MINUTE;
}

static void begin_minute(struct minute *minute, uint64_t second) {
  *minute = (struct minute){.told = second};
}

bool minute_add(struct minute *minute, uint64_t second) {
  bool is_told = is_over(minute, second);
  if (is_told)
    begin_minute(minute, second);
  else
    minute->untold++;
  return is_told;
}

uint64_t minute_end(struct minute *minute, uint64_t second) {
  uint64_t untold = minute->untold;
  if (untold == 0 || !is_over(minute, second)) return 0;
  begin_minute(minute, second);
  return untold;
}

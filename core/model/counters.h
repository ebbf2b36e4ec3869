#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

/*
** What has happened since the start, as plain numbers that only grow. Net, lua
** and the server add to them, and the metrics show them. Nothing is allocated.
** The one instance lies in the registry.
*/
#include <stddef.h>
#include <stdint.h>

enum {
  HISTOGRAM_BUCKETS = 11, /* the last one takes all that is above the bounds */
  COUNTERS_CLOSES = 18,
  COUNTERS_ERRORS = 9,
  COUNTERS_ENDED = 3
};

/* Times, counted in buckets of fixed bounds. */
struct histogram {
  uint64_t buckets[HISTOGRAM_BUCKETS]; /* none includes those below it */
  uint64_t sum;                        /* milliseconds */
  uint64_t longest;                    /* milliseconds */
};

/* The upper bounds in milliseconds, inclusive; the last one is UINT64_MAX. */
extern const uint64_t histogram_bounds[HISTOGRAM_BUCKETS];

void histogram_add(struct histogram *histogram, uint64_t milliseconds);
uint64_t histogram_count(const struct histogram *histogram);

struct counters {
  uint64_t opened;  /* connections */
  uint64_t refused; /* turned away at the handshake because the server was
                       full */
  uint64_t messages_in;
  uint64_t messages_out; /* queued for a client, whether it read them or not */
  uint64_t dropped;      /* not sent, because the reader was slow
                            (limits.on_slow) */
  uint64_t bytes_in;     /* of all sockets, HTTP too; inside TLS */
  uint64_t bytes_out;
  uint64_t requests;   /* to the API, with a valid key */
  uint64_t intrusions; /* to the API, without a valid key */
  uint64_t closes[COUNTERS_CLOSES];
  uint64_t errors[COUNTERS_ERRORS];
  uint64_t ended[COUNTERS_ENDED]; /* runs of scripts that a limit ended */
  struct histogram actions;       /* from start to end, waits included */
  struct histogram turns; /* how long one turn of the loop delayed the next */
};

/* What each place of `closes`, `errors` and `ended` counts. The last place of
   the first two counts all others: 0, and "other". */
extern const int counters_close_codes[COUNTERS_CLOSES];
extern const char *const counters_error_codes[COUNTERS_ERRORS];
extern const char *const counters_end_limits[COUNTERS_ENDED];

void counters_add_close(struct counters *counters, int code);
void counters_add_error(struct counters *counters, const char *code);

#endif

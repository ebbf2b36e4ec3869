#ifndef BASE_MODEL_LIMIT_HITS_H
#define BASE_MODEL_LIMIT_HITS_H

/*
** How often somebody was kept from something, by cause: a limit reached, a page
** or a proxy that may not. It is what the metrics show, and it keeps a storm
** out of the log: the first of a cause is told at once, in the words of whoever
** found it, and those of the minute after it as a sum.
*/
#include "lib/minute.h"

#include <stdbool.h>
#include <stdint.h>

enum limit_hit_cause {
  LIMIT_HIT_MESSAGE_SIZE,
  LIMIT_HIT_CONNECTIONS,
  LIMIT_HIT_PER_USER,
  LIMIT_HIT_PER_ADDRESS,
  LIMIT_HIT_RATE,
  LIMIT_HIT_QUEUE_SIZE,
  LIMIT_HIT_PENDING,
  LIMIT_HIT_WAITING_USER,
  LIMIT_HIT_WAITING_ADDRESS,
  LIMIT_HIT_HANDSHAKE,
  LIMIT_HIT_AUTHENTICATE,
  LIMIT_HIT_GUEST,
  LIMIT_HIT_HTTP_HEAD,
  LIMIT_HIT_HTTP_BODY,
  LIMIT_HIT_DESCRIPTORS,
  LIMIT_HIT_ORIGINS,
  LIMIT_HIT_PROXY,
  LIMIT_HIT_TRUSTED,
  LIMIT_HIT_INFLATED,
  LIMIT_HIT_HTTP_BODIES,
  LIMIT_HIT_HTTP_READER,
  LIMIT_HIT_HOSTS,
  LIMIT_HIT_PROJECT_FILES,
  LIMIT_HIT_MEMORY,
  LIMIT_HIT_HTTP_SOCKETS,
  LIMIT_HIT_DECODING,
  LIMIT_HIT_TLS_RECORDS,
  LIMIT_HIT_UPGRADE,
  LIMIT_HIT_CAUSES
};

struct limit_hit {
  uint64_t total;
  struct minute minute; /* of its log lines */
};

struct limit_hits {
  struct limit_hit of[LIMIT_HIT_CAUSES];
  uint32_t seconds; /* that have passed so far */
};

/* The setting that a cause goes by: "rate". */
extern const char *const limit_hit_names[LIMIT_HIT_CAUSES];

/* One more. True: the caller says so in the log, with who and why. */
bool limit_hit_add(struct limit_hits *limit_hits, enum limit_hit_cause cause);

/* Seconds have passed: tells the sums whose minute is over. */
void limit_hits_pass(struct limit_hits *limit_hits, uint32_t seconds);

#endif

#ifndef BASE_MODEL_LIMIT_HITS_H
#define BASE_MODEL_LIMIT_HITS_H

/*
** How often something was refused, by cause: a limit was reached, or an origin
** or a proxy was not allowed. The metrics show the counts. They also protect
** the log: the first hit of a cause is logged at once, by the caller, and
** those of the minute after it as one sum.
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
  LIMIT_HIT_CHANNELS,
  LIMIT_HIT_HISTORY,
  LIMIT_HIT_CAUSES
};

struct limit_hit {
  uint64_t total;
  struct minute minute; /* when its log lines are written */
};

struct limit_hits {
  struct limit_hit of[LIMIT_HIT_CAUSES];
  uint32_t seconds; /* counted so far */
};

/* The name of the setting behind each cause, such as "rate". */
extern const char *const limit_hit_names[LIMIT_HIT_CAUSES];

/* Counts one hit. True when the caller should log it, with its details. */
bool limit_hit_add(struct limit_hits *limit_hits, enum limit_hit_cause cause);

/* Seconds have passed: logs the sums whose minute is over. */
void limit_hits_pass(struct limit_hits *limit_hits, uint32_t seconds);

#endif

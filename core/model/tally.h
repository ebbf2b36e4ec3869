#ifndef BASE_TALLY_H
#define BASE_TALLY_H

/*
** How often somebody was kept from something, by cause: a limit reached, a page
** or a proxy that may not. It is what the metrics show, and it keeps a storm
** out of the log: the first of a cause is told at once, in the words of whoever
** found it, and those of the minute after it as a sum.
*/
#include <stdbool.h>
#include <stdint.h>

enum tally_cause {
  TALLY_MESSAGE_SIZE,
  TALLY_CONNECTIONS,
  TALLY_PER_USER,
  TALLY_PER_ADDRESS,
  TALLY_RATE,
  TALLY_QUEUE_SIZE,
  TALLY_PENDING,
  TALLY_WAITING_USER,
  TALLY_WAITING_ADDRESS,
  TALLY_HANDSHAKE,
  TALLY_AUTHENTICATE,
  TALLY_GUEST,
  TALLY_HTTP_HEAD,
  TALLY_HTTP_BODY,
  TALLY_DESCRIPTORS,
  TALLY_ORIGINS,
  TALLY_PROXY,
  TALLY_TRUSTED,
  TALLY_INFLATED,
  TALLY_HTTP_BODIES,
  TALLY_HTTP_READER,
  TALLY_HOSTS,
  TALLY_PROJECT_FILES,
  TALLY_MEMORY,
  TALLY_HTTP_SOCKETS,
  TALLY_DECODING,
  TALLY_TLS_RECORDS,
  TALLY_UPGRADE,
  TALLY_CAUSES
};

struct tally {
  uint64_t total;
  uint64_t untold; /* of those, since `told` */
  uint32_t told;   /* second of the last line, or 0 */
};

struct tallies {
  struct tally of[TALLY_CAUSES];
  uint32_t seconds; /* that have passed so far */
};

/* The setting that a cause goes by: "rate". */
extern const char *const tally_names[TALLY_CAUSES];

/* One more. True: the caller says so in the log, with who and why. */
bool tally_add(struct tallies *tallies, enum tally_cause cause);

/* Seconds have passed: tells the sums whose minute is over. */
void tallies_pass(struct tallies *tallies, uint32_t seconds);

#endif

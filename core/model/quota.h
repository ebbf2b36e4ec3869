#ifndef BASE_MODEL_QUOTA_H
#define BASE_MODEL_QUOTA_H

/*
** Counts what the server keeps in memory for each user and each address, over
** all of their connections. An IPv6 address counts by its /64. All connections
** by a Unix socket count as one address.
**
** A charge is the cost of one thing that is kept. It knows the quotas it
** counts in, and keeps them alive. So a thing that outlives its connection is
** still counted.
*/
#include "lib/map.h"
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct limits;

/* The kinds of what is kept. */
enum kept {
  KEPT_IN,  /* input that is not served yet */
  KEPT_OUT, /* output that its reader has not taken yet */
  KEPT_KINDS
};

/* The count of one user or one address. */
struct quota {
  struct map *home;
  uint64_t hash;
  uint64_t bytes[KEPT_KINDS]; /* read-only: the sum of all charges, by kind */
  uint32_t references;
  uint8_t size;
  char key[];
};

struct quotas {
  struct map users;
  struct map addresses;
  uint64_t seed;
};

/* Born zero apart from its kind: it charges nobody. */
struct charge {
  struct quota *user;    /* or NULL: no user is known */
  struct quota *address; /* or NULL: there is none, or memory ran out */
  uint64_t bytes;
  uint8_t kind; /* enum kept */
};

/* Which limit would be exceeded. */
enum quota_limit { QUOTA_FITS, QUOTA_OF_USER, QUOTA_OF_ADDRESS };

void quotas_open(struct quotas *quotas, uint64_t seed);

/* To be called when no charge will be given back any more. */
void quotas_close(struct quotas *quotas);

/* The quota of a head's address. NULL when memory ran out. Each reference is
   given back with quota_unref, which takes NULL too. */
struct quota *quota_of_address(struct quotas *quotas, const char *address);
void quota_unref(struct quota *quota);

/* Whether so many more bytes may be kept for the connection, or for the address
   alone. The limits are limits.waiting_per_user and limits.waiting_per_address,
   and at most a sixteenth and a quarter of limits.memory. If nothing is kept
   for a user or address yet, any size fits. Nothing fits for a user who is slow
   (quota_is_slow), nor for a connection that has output waiting at an address
   that is slow. */
enum quota_limit quota_check(struct connection *connection, uint64_t bytes);
enum quota_limit quota_check_address(const struct quota *address,
                                     const struct limits *limits,
                                     uint64_t bytes);

/* Whether so much output waits that no more may be queued for readers that are
   behind: as much as 16 full outboxes (limits.queue_size) for one user, or 256
   for one address. */
bool quota_is_slow(const struct connection *connection);

/* Sets the charge to so many bytes, for the connection and its present user; or
   for the address alone. */
void charge_connection(struct charge *charge, struct connection *connection,
                       uint64_t bytes);
void charge_address(struct charge *charge, struct quota *address,
                    uint64_t bytes);

/* Ends the charge: the thing is not kept any more. */
void charge_end(struct charge *charge);

#endif

#ifndef BASE_MODEL_QUOTA_H
#define BASE_MODEL_QUOTA_H

/*
** What is kept for whom: a quota for each user and for each address, however
** many connections they have. An IPv6 address has that of its /64; all who have
** none, and come by a Unix socket, have one.
**
** A charge is what one thing costs that is kept: it knows whose quotas it
** stands in, and they live for as long as it does. So what outlives its
** connection is counted still.
*/
#include "lib/map.h"
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

struct connection;
struct limits;

/* What is kept. */
enum kept {
  KEPT_IN,  /* what came, until it has been served */
  KEPT_OUT, /* what is to go, and has not been taken by its reader */
  KEPT_KINDS
};

/* Of one user, or one address. */
struct quota {
  struct map *home;
  uint64_t hash;
  uint64_t bytes[KEPT_KINDS]; /* read-only: of all charges */
  uint32_t references;
  uint8_t size;
  char key[];
};

struct quotas {
  struct map users;
  struct map addresses;
  uint64_t seed;
};

/* Born zero, which is none; but for its kind. */
struct charge {
  struct quota *user;    /* or NULL: nobody is known */
  struct quota *address; /* or NULL: none, or memory ran out for it */
  uint64_t bytes;
  uint8_t kind; /* enum kept */
};

/* Who would have more than the limits permit. */
enum quota_limit { QUOTA_FITS, QUOTA_OF_USER, QUOTA_OF_ADDRESS };

void quotas_open(struct quotas *quotas, uint64_t seed);

/* Every charge is given back already, or will never be. */
void quotas_close(struct quotas *quotas);

/* Of a head's address. NULL when memory ran out. Each reference is given back
   by quota_unref; NULL is fine. */
struct quota *quota_of_address(struct quotas *quotas, const char *address);
void quota_unref(struct quota *quota);

/* Whether so many bytes more may be kept for the connection, or for the address
   alone: limits.waiting_per_user, limits.waiting_per_address, and no more than
   a sixteenth and a quarter of limits.memory. Of whom nothing is kept, anything
   may be; but nothing of a user who is slow (quota_is_slow), nor of a
   connection that is itself among the slow ones of its address. */
enum quota_limit quota_check(struct connection *connection, uint64_t bytes);
enum quota_limit quota_check_address(const struct quota *address,
                                     const struct limits *limits,
                                     uint64_t bytes);

/* Whether its readers leave so much to be sent to them that nothing more may be
   queued for those who are slow: as much as 16 that are full
   (limits.queue_size) of one user, or 256 of one address. */
bool quota_is_slow(const struct connection *connection);

/* From here on the charge is so many bytes, of the connection and whoever is
   its user now; or of the address alone. */
void charge_connection(struct charge *charge, struct connection *connection,
                       uint64_t bytes);
void charge_address(struct charge *charge, struct quota *address,
                    uint64_t bytes);

/* It is kept no longer. */
void charge_end(struct charge *charge);

#endif

#ifndef BASE_DISCONNECTS_H
#define BASE_DISCONNECTS_H

/*
** Users who were disconnected. A run of a script that began before that may
** still be about to register a connection as one of them, and must not any
** more.
**
** Time is counted in moments: numbers that grow with every run that begins.
** `began` is the moment at which a run began. At most DISCONNECTS_MAX users
** are remembered. When one is forgotten, every run that began before it is
** turned away.
*/
#include "lib/list.h"
#include "lib/map.h"
#include "lib/text.h"

#include <stddef.h>
#include <stdint.h>

enum { DISCONNECTS_MAX = 65536 };

/* The last disconnect of one user. */
struct disconnect {
  uint64_t moment;
  uint64_t by; /* `began` of the run that asked for it, which it does not
                  concern; 0: it concerns every run */
  int code;    /* connections are closed with this code */
  const char *reason;
  struct text id;
  uint64_t hash; /* private, like all below */
  struct list_link by_age;
  char bytes[];
};

struct disconnects {
  struct map by_id;
  struct list by_age; /* the oldest first */
  uint64_t forgotten; /* the moment of the last one that was forgotten */
  uint64_t seed;
};

void disconnects_open(struct disconnects *disconnects, uint64_t seed);
void disconnects_close(struct disconnects *disconnects);

/* Notes that a run that began at `by` disconnects the user at this moment. When
   memory runs out, every run that has begun by now counts as disconnected. */
void disconnects_add(struct disconnects *disconnects, struct text id,
                     uint64_t moment, uint64_t by, int code,
                     const char *reason);

/* The disconnect that keeps a run that began at `began` from becoming this
   user, or NULL. */
const struct disconnect *disconnects_find(const struct disconnects *disconnects,
                                          struct text id, uint64_t began);

/* Whether a disconnect that concerns this run may have been forgotten. */
bool disconnects_may_miss(const struct disconnects *disconnects,
                          uint64_t began);

/* Forgets the disconnects before this moment. */
void disconnects_forget(struct disconnects *disconnects, uint64_t moment);

#endif

#ifndef BASE_DISCONNECTS_H
#define BASE_DISCONNECTS_H

/*
** Users who were disconnected while somebody may still have been on the way to
** becoming one of them. Whoever began before that may not any more.
**
** Time is counted in moments, numbers that grow with whatever begins: `began`
** is that of a run of a script. So many are remembered; for what was forgotten
** all who began before it are turned away.
*/
#include "lib/list.h"
#include "lib/map.h"
#include "lib/text.h"

#include <stddef.h>
#include <stdint.h>

enum { DISCONNECTS_MAX = 65536 };

/* One of a user, the last. */
struct disconnect {
  uint64_t moment;
  uint64_t by; /* `began` of who asked for it: not meant; 0: everybody is */
  int code;    /* with which connections are closed, */
  const char *reason;
  struct text id;
  uint64_t hash; /* private, as all that follows */
  struct list_link by_age;
  char bytes[];
};

struct disconnects {
  struct map by_id;
  struct list by_age; /* the oldest first */
  uint64_t forgotten; /* the moment of the last that was */
  uint64_t seed;
};

void disconnects_open(struct disconnects *disconnects, uint64_t seed);
void disconnects_close(struct disconnects *disconnects);

/* The user is disconnected at this moment, by a run that began at `by`. Without
   memory everybody is, who is on the way now. */
void disconnects_add(struct disconnects *disconnects, struct text id,
                     uint64_t moment, uint64_t by, int code,
                     const char *reason);

/* The one that keeps a run that began then from becoming this user, or NULL. */
const struct disconnect *disconnects_find(const struct disconnects *disconnects,
                                          struct text id, uint64_t began);

/* Whether one that would may have been forgotten. */
bool disconnects_may_miss(const struct disconnects *disconnects,
                          uint64_t began);

/* Forgets those before a moment. */
void disconnects_forget(struct disconnects *disconnects, uint64_t moment);

#endif

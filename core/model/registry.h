#ifndef BASE_REGISTRY_H
#define BASE_REGISTRY_H

/*
** Everything that is here now: connections, users and HTTP exchanges by their
** ids. There is one registry in the process. All of it belongs to the loop's
** thread.
*/
#include "lib/list.h"
#include "lib/map.h"
#include "model/channel.h"
#include "model/counters.h"
#include "model/limit_hits.h"
#include "model/outbox.h"
#include "model/quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct connection;
struct timers;
struct user;

struct registry {
  const struct config *config; /* read at each use: a reload changes it */
  struct timers *timers;
  struct map connections;
  struct map users;
  struct map exchanges;
  uint64_t next_id; /* of connections and exchanges; never used again */
  uint64_t seed;    /* random, for the hashes of the users' ids */
  struct outboxes outboxes;
  struct connection *dead; /* closed, not yet freed */
  struct list answered;    /* exchanges that net has to write */
  struct counters counters;
  struct limit_hits limit_hits;
  struct quotas quotas; /* what is kept for users and addresses */
  struct channels channels;
  bool notes_left;  /* whether somebody takes from `left` */
  struct list left; /* users whose last connection has left, by `left` */

  /* Called when a user goes offline. Its id finds nothing any more; it is freed
     after the call. */
  void (*on_offline)(void *context, struct user *user);
  /* Whether the scripts' memory is nearly used up; then no new connection is
     let in. May be NULL. */
  bool (*is_short)(void *context);
  void *context;
};

/* Ids begin at the start time in milliseconds × 1024, so that a restart does
   not reuse them. */
void registry_open(struct registry *registry, const struct config *config,
                   struct timers *timers);

/* Frees everything that is left, without any callback. */
void registry_close(struct registry *registry);

/* Frees the connections that were closed in this turn. To be called after the
   outboxes were flushed, when no callback is on the stack. */
void registry_reap(struct registry *registry);

size_t registry_connection_count(const struct registry *registry);
size_t registry_user_count(const struct registry *registry);

/* These walk all of them: begin with *cursor = 0; NULL ends it. Nothing may be
   added or removed during the walk. */
struct connection *registry_next_connection(const struct registry *registry,
                                            size_t *cursor);
struct user *registry_next_user(const struct registry *registry,
                                size_t *cursor);

#endif

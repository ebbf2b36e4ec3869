#ifndef BASE_REGISTRY_H
#define BASE_REGISTRY_H

/*
** Who is here: connections, users and HTTP exchanges by their ids. One for the
** whole process; everything in it belongs to the loop's thread.
*/
#include "lib/list.h"
#include "lib/map.h"
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
  uint64_t seed;    /* of the users' hashes, random */
  struct outboxes outboxes;
  struct connection *dead; /* closed, not yet freed */
  struct list answered;    /* exchanges, to be written by net */
  struct counters counters;
  struct limit_hits limit_hits;
  struct quotas quotas; /* what is kept for whom */

  /* Called when a user is offline: its id finds nothing any more. It
     is freed afterwards. */
  void (*on_offline)(void *context, struct user *user);
  /* Whether the scripts' memory is nearly used up: nobody new should come. Or
     NULL. */
  bool (*is_short)(void *context);
  void *context;
};

/* Ids begin at the start time in milliseconds × 1024, so that a restart does
   not use one again. */
void registry_open(struct registry *registry, const struct config *config,
                   struct timers *timers);

/* Frees everything that is left; calls nothing. */
void registry_close(struct registry *registry);

/* Frees the connections that were closed in this turn. To be called when no
   callback is on the stack, after the outboxes were flushed. */
void registry_reap(struct registry *registry);

size_t registry_connection_count(const struct registry *registry);
size_t registry_user_count(const struct registry *registry);

/* Walk all of them: begin with *cursor = 0; NULL ends it. Nothing may be added
   or removed meanwhile. */
struct connection *registry_next_connection(const struct registry *registry,
                                            size_t *cursor);
struct user *registry_next_user(const struct registry *registry,
                                size_t *cursor);

#endif

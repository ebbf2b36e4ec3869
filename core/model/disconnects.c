/*
** A map by the user's id, and a list ordered by moment.
*/
#include "model/disconnects.h"

#include <stdlib.h>
#include <string.h>

static bool has_user_id(const void *value, const void *key) {
  return text_equals(((const struct disconnect *)value)->id,
                     *(const struct text *)key);
}

void disconnects_open(struct disconnects *disconnects, uint64_t seed) {
  *disconnects =
      (struct disconnects){.by_id.has_key = has_user_id, .seed = seed};
}

static struct disconnect *find_disconnect(const struct disconnects *disconnects,
                                          struct text id) {
  uint64_t hash = map_hash_bytes(id.bytes, id.size, disconnects->seed);
  return map_find(&disconnects->by_id, hash, &id);
}

static void remove_disconnect(struct disconnects *disconnects,
                              struct disconnect *disconnect) {
  map_remove(&disconnects->by_id, disconnect->hash, disconnect);
  list_remove(&disconnect->by_age);
  free(disconnect);
}

static void forget_disconnect(struct disconnects *disconnects,
                              struct disconnect *disconnect) {
  disconnects->forgotten = disconnect->moment;
  remove_disconnect(disconnects, disconnect);
}

void disconnects_close(struct disconnects *disconnects) {
  list_each(struct disconnect, each, &disconnects->by_age, by_age)
    forget_disconnect(disconnects, each);
  map_close(&disconnects->by_id);
}

/* Allocates the struct with copies of both texts. */
static struct disconnect *allocate_disconnect(struct text id,
                                              const char *reason) {
  size_t reason_size = strlen(reason) + 1;
  struct disconnect *disconnect =
      malloc(sizeof *disconnect + id.size + reason_size);
  if (!disconnect) return NULL;
  memcpy(disconnect->bytes, reason, reason_size);
  memcpy(disconnect->bytes + reason_size, id.bytes, id.size);
  disconnect->reason = disconnect->bytes;
  disconnect->id = (struct text){disconnect->bytes + reason_size, id.size};
  return disconnect;
}

/* Whether the user's last disconnect concerns a run that began at `began`. It
   does not concern the run that asked for it. */
static bool was_meant(const struct disconnect *last, uint64_t began) {
  return last && last->moment > began && last->by != began;
}

void disconnects_add(struct disconnects *disconnects, struct text id,
                     uint64_t moment, uint64_t by, int code,
                     const char *reason) {
  struct disconnect *last = find_disconnect(disconnects, id);
  if (was_meant(last, by)) by = 0;
  if (last) remove_disconnect(disconnects, last);
  if (disconnects->by_id.count >= DISCONNECTS_MAX)
    forget_disconnect(disconnects, list_first(&disconnects->by_age,
                                              struct disconnect, by_age));
  struct disconnect *disconnect = allocate_disconnect(id, reason);
  if (disconnect) {
    disconnect->by_age = (struct list_link){0};
    disconnect->moment = moment;
    disconnect->by = by;
    disconnect->code = code;
    disconnect->hash = map_hash_bytes(id.bytes, id.size, disconnects->seed);
    if (map_add(&disconnects->by_id, disconnect->hash, disconnect)) {
      list_append(&disconnects->by_age, &disconnect->by_age);
      return;
    }
  }
  free(disconnect);
  disconnects->forgotten = moment;
}

const struct disconnect *disconnects_find(const struct disconnects *disconnects,
                                          struct text id, uint64_t began) {
  const struct disconnect *last = find_disconnect(disconnects, id);
  return was_meant(last, began) ? last : NULL;
}

bool disconnects_may_miss(const struct disconnects *disconnects,
                          uint64_t began) {
  return disconnects->forgotten > began;
}

void disconnects_forget(struct disconnects *disconnects, uint64_t moment) {
  list_each(struct disconnect, each, &disconnects->by_age, by_age) {
    if (each->moment >= moment) break;
    forget_disconnect(disconnects, each);
  }
}

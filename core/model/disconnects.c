/*
** A map by the user's id, and a list in the order of moments.
*/
#include "model/disconnects.h"

#include <stdlib.h>
#include <string.h>

static bool has_id(const void *value, const void *key) {
  return text_equals(((const struct disconnect *)value)->id,
                     *(const struct text *)key);
}

void disconnects_open(struct disconnects *disconnects, uint64_t seed) {
  *disconnects = (struct disconnects){.by_id.has_key = has_id, .seed = seed};
}

static struct disconnect *find(const struct disconnects *disconnects,
                               struct text id) {
  uint64_t hash = map_hash_bytes(id.bytes, id.size, disconnects->seed);
  return map_find(&disconnects->by_id, hash, &id);
}

static void remove_one(struct disconnects *disconnects,
                       struct disconnect *disconnect) {
  struct disconnect *older = disconnect->older;
  struct disconnect *newer = disconnect->newer;
  map_remove(&disconnects->by_id, disconnect->hash, disconnect);
  if (older)
    older->newer = newer;
  else
    disconnects->oldest = newer;
  if (newer)
    newer->older = older;
  else
    disconnects->newest = older;
  free(disconnect);
}

static void forget_oldest(struct disconnects *disconnects) {
  disconnects->forgotten = disconnects->oldest->moment;
  remove_one(disconnects, disconnects->oldest);
}

void disconnects_close(struct disconnects *disconnects) {
  while (disconnects->oldest) {
    forget_oldest(disconnects);
  }
  map_close(&disconnects->by_id);
}

/* With copies of both texts behind it. */
static struct disconnect *allocate(struct text id, const char *reason) {
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

static void append(struct disconnects *disconnects,
                   struct disconnect *disconnect) {
  disconnect->older = disconnects->newest;
  disconnect->newer = NULL;
  if (disconnects->newest)
    disconnects->newest->newer = disconnect;
  else
    disconnects->oldest = disconnect;
  disconnects->newest = disconnect;
}

/* Who asks for a second one was meant by the first, unless it was its own. */
static bool was_meant(const struct disconnect *last, uint64_t began) {
  return last && last->moment > began && last->by != began;
}

void disconnects_add(struct disconnects *disconnects, struct text id,
                     uint64_t moment, uint64_t by, int code,
                     const char *reason) {
  struct disconnect *last = find(disconnects, id);
  if (was_meant(last, by)) by = 0;
  if (last) remove_one(disconnects, last);
  if (disconnects->by_id.count >= DISCONNECTS_MAX) forget_oldest(disconnects);
  struct disconnect *disconnect = allocate(id, reason);
  if (disconnect) {
    disconnect->moment = moment;
    disconnect->by = by;
    disconnect->code = code;
    disconnect->hash = map_hash_bytes(id.bytes, id.size, disconnects->seed);
    if (map_add(&disconnects->by_id, disconnect->hash, disconnect)) {
      append(disconnects, disconnect);
      return;
    }
  }
  free(disconnect);
  disconnects->forgotten = moment;
}

const struct disconnect *disconnects_find(const struct disconnects *disconnects,
                                          struct text id, uint64_t began) {
  const struct disconnect *last = find(disconnects, id);
  return was_meant(last, began) ? last : NULL;
}

bool disconnects_may_miss(const struct disconnects *disconnects,
                          uint64_t began) {
  return disconnects->forgotten > began;
}

void disconnects_forget(struct disconnects *disconnects, uint64_t moment) {
  while (disconnects->oldest && disconnects->oldest->moment < moment) {
    forget_oldest(disconnects);
  }
}

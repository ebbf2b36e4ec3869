#ifndef BASE_MODEL_HISTORY_H
#define BASE_MODEL_HISTORY_H

/*
** The last messages of one channel, numbered by position. A message is kept as
** its command and body, `"said","hi"`, from which every form on the wire is
** printed.
**
** A history is bounded three times: by its number of messages; by time, which
** begins anew with each message; and by the bytes of all histories together.
** When those are too many, the channel that has been silent for the longest
** time loses its oldest messages first.
*/
#include "lib/list.h"
#include "lib/text.h"
#include "lib/timers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept_message {
  uint64_t position;
  uint32_t size;
  char bytes[]; /* the command and the body, `"said","hi"` */
};

/* All histories of the process. */
struct histories {
  struct timers *timers;
  struct list by_age; /* the one that was added to last is at the end */
  size_t count;       /* kept messages */
  size_t bytes;       /* of all of them, with what they need besides */
  uint64_t dropped;   /* messages that went because of the limit of bytes */
};

struct history {
  struct histories *all;
  struct list_link by_age;
  struct kept_message **ring; /* `count` messages from `first` on */
  uint32_t capacity, first, count;
  uint64_t position; /* of the last message that was ever kept */
  uint64_t epoch;    /* tells this history from another of the same channel */
  uint64_t lifetime; /* milliseconds after the last message */
  uint64_t until;    /* when the messages expire, by the clock of the timers */
  struct timer expiry;
  void (*on_expired)(struct history *history); /* or NULL */
  void *owner;
};

/* A range of messages, as history_find returns it: use history_get for
   0 … count - 1. */
struct history_range {
  uint32_t first; /* place in the history; 0 is the oldest message */
  uint32_t count;
};

/* An empty history with this epoch and position. NULL when memory ran out. */
struct history *history_new(struct histories *all, uint64_t epoch,
                            uint64_t position);

/* The history may be NULL. */
void history_free(struct history *history);

/* Keeps a message at the next position, which it returns; 0 when memory ran
   out. At most `most` messages are kept, for `lifetime` milliseconds from now;
   and all histories have at most `bytes` (0: no limit). */
uint64_t history_add(struct history *history, struct text message,
                     uint32_t most, uint64_t lifetime, uint64_t bytes);

/* The messages expire so many milliseconds from now. */
void history_expire_in(struct history *history, uint64_t milliseconds);

/* The rule is another: keeps no more than `most` messages, for `lifetime` after
   the last one. */
void history_limit(struct history *history, uint32_t most, uint64_t lifetime);

/* Drops all messages. The position stays. */
void history_clear(struct history *history);

/* The messages after `after` and before `before` (0: no bound), `limit` at most
   (0: no limit): the first ones if `from_start`, else the last ones. */
struct history_range history_find(const struct history *history, uint64_t after,
                                  uint64_t before, uint32_t limit,
                                  bool from_start);

/* Whether the history has all that came after `since`. */
bool history_reaches(const struct history *history, uint64_t since);

const struct kept_message *history_get(const struct history *history,
                                       struct history_range range,
                                       uint32_t place);

#endif

#include "model/history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* About what a kept message takes besides its bytes: its place in the ring and
   what the allocator adds. */
enum { OVERHEAD = 32 };

/* About what a history with messages takes besides them: its channel, its place
   among all channels, and the ring. */
enum { OVERHEAD_OF_HISTORY = 512 };

static size_t size_of(const struct kept_message *kept) {
  return kept->size + OVERHEAD;
}

/* --- the ring --- */

static struct kept_message **slot_of(const struct history *history,
                                     uint32_t place) {
  uint32_t index = history->first + place;
  if (index >= history->capacity) index -= history->capacity;
  return &history->ring[index];
}

static void drop_oldest(struct history *history) {
  struct kept_message **slot = slot_of(history, 0);
  struct kept_message *oldest = *slot;
  assert(oldest);
  *slot = NULL;
  history->all->count--;
  history->all->bytes -= size_of(oldest);
  free(oldest);
  if (++history->first == history->capacity) history->first = 0;
  history->count--;
}

/* Makes room for one more. The ring begins small: most channels keep little. */
static bool grow(struct history *history, uint32_t most) {
  uint32_t capacity = history->capacity ? 2 * history->capacity : 4;
  if (history->count < history->capacity) return true;
  if (capacity > most && most > history->count) capacity = most;
  struct kept_message **ring = calloc(capacity, sizeof *ring);
  if (!ring) return false;
  for (uint32_t i = 0; i < history->count; i++)
    ring[i] = *slot_of(history, i);
  free(history->ring);
  history->ring = ring;
  history->capacity = capacity;
  history->first = 0;
  return true;
}

/* --- bounds --- */

void history_clear(struct history *history) {
  while (history->count > 0)
    drop_oldest(history);
  free(history->ring);
  history->ring = NULL;
  history->capacity = history->first = 0;
  if (list_has_link(&history->by_age))
    history->all->bytes -= OVERHEAD_OF_HISTORY;
  list_remove(&history->by_age);
  timer_stop(history->all->timers, &history->expiry);
}

/* The timer is not started anew with each message: it looks how much time is
   left. */
static void on_expiry(struct timer *timer) {
  struct history *history = owner_of(timer, struct history, expiry);
  struct timers *timers = history->all->timers;
  uint64_t now = timers_now(timers);
  if (now < history->until) {
    timer_start(timers, timer, history->until - now);
    return;
  }
  history_clear(history);
  if (history->on_expired) history->on_expired(history);
}

/* The newest message of the channel that has just kept one stays. */
static void keep_within(struct histories *all, uint64_t bytes) {
  while (bytes > 0 && all->bytes > bytes) {
    struct history *silent = list_first(&all->by_age, struct history, by_age);
    struct history *next =
        list_next(&all->by_age, silent, struct history, by_age);
    if (!next && silent->count <= 1) return;
    drop_oldest(silent);
    all->dropped++;
    if (silent->count > 0) continue;
    history_clear(silent);
    if (silent->on_expired) silent->on_expired(silent);
  }
}

/* --- a history --- */

struct history *history_new(struct histories *all, uint64_t epoch,
                            uint64_t position) {
  struct history *history = calloc(1, sizeof *history);
  if (!history) return NULL;
  history->all = all;
  history->epoch = epoch;
  history->position = position;
  history->expiry.on_due = on_expiry;
  return history;
}

void history_free(struct history *history) {
  if (!history) return;
  history_clear(history);
  free(history);
}

static struct kept_message *kept_new(struct text message, uint64_t position) {
  struct kept_message *kept = malloc(sizeof *kept + message.size);
  if (!kept) return NULL;
  kept->position = position;
  kept->size = (uint32_t)message.size;
  memcpy(kept->bytes, message.bytes, message.size);
  return kept;
}

uint64_t history_add(struct history *history, struct text message,
                     uint32_t most, uint64_t lifetime, uint64_t bytes) {
  struct histories *all = history->all;
  struct kept_message *kept = kept_new(message, history->position + 1);
  if (!kept) return 0;
  while (history->count > 0 && history->count >= most)
    drop_oldest(history);
  /* Where one was dropped, this cannot fail: none is listed by its age that is
     empty. */
  if (!grow(history, most)) {
    free(kept);
    return 0;
  }
  history->position++;
  *slot_of(history, history->count) = kept;
  history->count++;
  all->count++;
  all->bytes += size_of(kept);
  if (!list_has_link(&history->by_age)) all->bytes += OVERHEAD_OF_HISTORY;
  list_remove(&history->by_age);
  list_append(&all->by_age, &history->by_age);
  history->lifetime = lifetime;
  history->until = timers_last_look(all->timers) + lifetime;
  if (!timer_is_running(&history->expiry))
    timer_start(all->timers, &history->expiry, lifetime);
  keep_within(all, bytes);
  return history->position;
}

void history_limit(struct history *history, uint32_t most, uint64_t lifetime) {
  if (history->count == 0) return;
  while (history->count > most)
    drop_oldest(history);
  if (lifetime == history->lifetime) return;
  struct timers *timers = history->all->timers;
  uint64_t now = timers_last_look(timers);
  history->until = history->until - history->lifetime + lifetime;
  history->lifetime = lifetime;
  timer_start(timers, &history->expiry,
              history->until > now ? history->until - now : 0);
}

void history_expire_in(struct history *history, uint64_t milliseconds) {
  struct timers *timers = history->all->timers;
  history->until = timers_last_look(timers) + milliseconds;
  timer_start(timers, &history->expiry, milliseconds);
}

/* --- reading --- */

/* The position of the oldest message, or of the one that comes next. */
static uint64_t first_position(const struct history *history) {
  return history->position + 1 - history->count;
}

struct history_range history_find(const struct history *history, uint64_t after,
                                  uint64_t before, uint32_t limit,
                                  bool from_start) {
  uint64_t begin = first_position(history), end = history->position + 1;
  if (after >= begin) begin = after < end ? after + 1 : end;
  if (before > 0 && before < end) end = before > begin ? before : begin;
  if (limit > 0 && end - begin > limit) {
    if (from_start)
      end = begin + limit;
    else
      begin = end - limit;
  }
  return (struct history_range){(uint32_t)(begin - first_position(history)),
                                (uint32_t)(end - begin)};
}

bool history_reaches(const struct history *history, uint64_t since) {
  return since <= history->position && since + 1 >= first_position(history);
}

const struct kept_message *history_get(const struct history *history,
                                       struct history_range range,
                                       uint32_t place) {
  return *slot_of(history, range.first + place);
}

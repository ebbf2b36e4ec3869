#include "model/exchange.h"

#include "lib/map.h"
#include "model/head.h"
#include "model/message.h"
#include "model/registry.h"

#include <stdlib.h>
#include <string.h>

struct exchange *exchange_open(struct registry *registry, struct head *head) {
  struct exchange *exchange = calloc(1, sizeof *exchange);
  if (!exchange) {
    free(head);
    return NULL;
  }
  exchange->id = registry->next_id++;
  exchange->registry = registry;
  exchange->head = head;
  if (!map_add(&registry->exchanges, map_hash_id(exchange->id), exchange)) {
    free(head);
    free(exchange);
    return NULL;
  }
  return exchange;
}

struct exchange *exchange_find(const struct registry *registry, uint64_t id) {
  return map_find(&registry->exchanges, map_hash_id(id), NULL);
}

/* The answered ones form a ring, whose registry->answered is the newest and
   whose next is so the oldest. next_answered is NULL outside of it. */
static void ring_add(struct registry *registry, struct exchange *exchange) {
  struct exchange *newest = registry->answered;
  if (newest) {
    exchange->next_answered = newest->next_answered;
    newest->next_answered = exchange;
  } else {
    exchange->next_answered = exchange;
  }
  registry->answered = exchange;
}

static void ring_remove(struct registry *registry, struct exchange *exchange) {
  if (!exchange->next_answered) return;
  struct exchange *previous = registry->answered;
  while (previous->next_answered != exchange) {
    previous = previous->next_answered;
  }
  previous->next_answered = exchange->next_answered;
  if (registry->answered == exchange) {
    registry->answered = previous == exchange ? NULL : previous;
  }
  exchange->next_answered = NULL;
}

bool exchange_answer(struct exchange *exchange, int status,
                     struct buffer *fields, struct message *answer,
                     const char *file) {
  if (exchange->is_answered) return false;
  char *copy = file ? strdup(file) : NULL;
  if (file && !copy) return false;
  exchange->is_answered = true;
  exchange->status = status;
  exchange->file = copy;
  exchange->answer = answer ? message_ref(answer) : NULL;
  if (fields) {
    exchange->fields = *fields;
    *fields = (struct buffer){0};
  }
  ring_add(exchange->registry, exchange);
  return true;
}

bool exchange_answer_file(struct exchange *exchange, int status,
                          struct buffer *fields, const char *folder,
                          const char *file) {
  char *copy = strdup(folder);
  if (copy && exchange_answer(exchange, status, fields, NULL, file)) {
    exchange->folder = copy;
    return true;
  }
  free(copy);
  return false;
}

struct exchange *exchange_take_answered(struct registry *registry) {
  if (!registry->answered) return NULL;
  struct exchange *oldest = registry->answered->next_answered;
  ring_remove(registry, oldest);
  return oldest;
}

void exchange_close(struct exchange *exchange) {
  struct registry *registry = exchange->registry;
  ring_remove(registry, exchange);
  map_remove(&registry->exchanges, map_hash_id(exchange->id), exchange);
  message_unref(exchange->answer);
  buffer_free(&exchange->body);
  buffer_free(&exchange->fields);
  free(exchange->file);
  free(exchange->folder);
  free(exchange->head);
  free(exchange);
}

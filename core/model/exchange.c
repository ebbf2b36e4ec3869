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
  list_append(&exchange->registry->answered, &exchange->answered);
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
  return list_take_first(&registry->answered, struct exchange, answered);
}

void exchange_close(struct exchange *exchange) {
  struct registry *registry = exchange->registry;
  list_remove(&exchange->answered);
  map_remove(&registry->exchanges, map_hash_id(exchange->id), exchange);
  message_unref(exchange->answer);
  buffer_free(&exchange->body);
  buffer_free(&exchange->fields);
  free(exchange->file);
  free(exchange->folder);
  free(exchange->head);
  free(exchange);
}

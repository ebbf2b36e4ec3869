#include "model/config.h"

#include <stdlib.h>
#include <string.h>

bool string_list_add(struct string_list *list, const char *item) {
  char *copy = strdup(item);
  if (!copy) return false;
  char **items = realloc(list->items, (list->count + 1) * sizeof *items);
  if (!items) {
    free(copy);
    return false;
  }
  items[list->count++] = copy;
  list->items = items;
  return true;
}

bool string_list_equals(const struct string_list *a,
                        const struct string_list *b) {
  if (a->count != b->count) return false;
  for (size_t i = 0; i < a->count; i++) {
    if (strcmp(a->items[i], b->items[i]) != 0) return false;
  }
  return true;
}

static void string_list_close(struct string_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    free(list->items[i]);
  }
  free(list->items);
}

void config_close(struct config *config) {
  string_list_close(&config->listen);
  string_list_close(&config->api_listen);
  string_list_close(&config->api_keys);
  free(config->user);
  origins_close(&config->origins);
  string_list_close(&config->hosts);
  string_list_close(&config->protocols);
  networks_close(&config->trusted_proxies);
  channel_rules_close(&config->channels);
  free(config->certificate);
  free(config->key);
  free(config->path);
  free(config->public_folder);
  free(config->actions);
  *config = (struct config){0};
}

#include "model/channel_rule.h"

#include "lib/utf8.h"

#include <stdlib.h>
#include <string.h>

bool channel_rules_add(struct channel_rules *rules,
                       const struct channel_rule *rule) {
  struct channel_rule *items =
      realloc(rules->items, (rules->count + 1) * sizeof *items);
  if (!items) return false;
  rules->items = items;
  struct channel_rule *copy = &items[rules->count];
  *copy = *rule;
  copy->name = malloc(rule->name_size + 1);
  if (!copy->name) return false;
  if (rule->name_size > 0) memcpy(copy->name, rule->name, rule->name_size);
  copy->name[rule->name_size] = '\0';
  rules->count++;
  return true;
}

void channel_rules_close(struct channel_rules *rules) {
  for (size_t i = 0; i < rules->count; i++)
    free(rules->items[i].name);
  free(rules->items);
  *rules = (struct channel_rules){0};
}

static bool is_for(const struct channel_rule *rule, struct text channel) {
  if (channel.size < rule->name_size) return false;
  if (!rule->is_prefix && channel.size != rule->name_size) return false;
  return memcmp(channel.bytes, rule->name, rule->name_size) == 0;
}

const struct channel_rule *channel_rules_find(const struct channel_rules *rules,
                                              struct text channel) {
  const struct channel_rule *longest = NULL;
  for (size_t i = 0; i < rules->count; i++) {
    const struct channel_rule *rule = &rules->items[i];
    if (!is_for(rule, channel)) continue;
    if (!rule->is_prefix) return rule;
    if (!longest || longest->name_size < rule->name_size) longest = rule;
  }
  return longest;
}

/* C0, DEL, and C1, which is two bytes in UTF-8. */
static bool has_control(struct text name) {
  for (size_t i = 0; i < name.size; i++) {
    unsigned char byte = (unsigned char)name.bytes[i];
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < name.size &&
        (unsigned char)name.bytes[i + 1] < 0xa0)
      return true;
  }
  return false;
}

bool channel_name_is_valid(struct text name) {
  return name.size > 0 && name.size <= CHANNEL_NAME_MAX &&
         name.bytes[0] != '$' && utf8_is_valid(name.bytes, name.size) &&
         !has_control(name);
}

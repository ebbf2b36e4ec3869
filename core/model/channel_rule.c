#include "model/channel_rule.h"

#include "lib/utf8.h"

#include <stdlib.h>
#include <string.h>

static struct text name_of(const struct channel_rule *rule) {
  return (struct text){rule->name, rule->name_size};
}

/* Less than 0, 0, or more than 0, as memcmp. */
static int compare(struct text a, struct text b) {
  size_t shared = a.size < b.size ? a.size : b.size;
  int order = shared ? memcmp(a.bytes, b.bytes, shared) : 0;
  if (order != 0) return order;
  return (a.size > b.size) - (a.size < b.size);
}

static size_t shared_beginning(struct text a, struct text b) {
  size_t size = 0;
  while (size < a.size && size < b.size && a.bytes[size] == b.bytes[size])
    size++;
  return size;
}

/* Where in `first` to `end` the first name stands that comes behind this one;
   `end` where there is none. */
static size_t find_behind(const struct channel_rules *rules, size_t first,
                          size_t end, struct text name) {
  while (first < end) {
    size_t middle = first + (end - first) / 2;
    if (compare(name_of(&rules->items[middle]), name) <= 0)
      first = middle + 1;
    else
      end = middle;
  }
  return first;
}

static const struct channel_rule *find_exact(const struct channel_rules *rules,
                                             struct text channel) {
  size_t behind = find_behind(rules, 0, rules->exact, channel);
  if (behind == 0) return NULL;
  const struct channel_rule *rule = &rules->items[behind - 1];
  return text_equals(name_of(rule), channel) ? rule : NULL;
}

/* In the order of their bytes, a prefix stands before what begins with it, and
   only what begins with it too stands between. So where the rule before the
   name is no prefix of it, all prefixes of the name are prefixes of what the
   two share. */
static const struct channel_rule *find_prefix(const struct channel_rules *rules,
                                              struct text name) {
  size_t behind = rules->count;
  while ((behind = find_behind(rules, rules->exact, behind, name)) >
         rules->exact) {
    const struct channel_rule *rule = &rules->items[behind - 1];
    name.size = shared_beginning(name_of(rule), name);
    if (name.size == rule->name_size) return rule;
  }
  return NULL;
}

const struct channel_rule *channel_rules_find(const struct channel_rules *rules,
                                              struct text channel) {
  const struct channel_rule *rule = find_exact(rules, channel);
  return rule ? rule : find_prefix(rules, channel);
}

/* Where a new rule belongs. */
static size_t place_of(const struct channel_rules *rules,
                       const struct channel_rule *rule) {
  if (rule->is_prefix)
    return find_behind(rules, rules->exact, rules->count, name_of(rule));
  return find_behind(rules, 0, rules->exact, name_of(rule));
}

bool channel_rules_add(struct channel_rules *rules,
                       const struct channel_rule *rule) {
  struct channel_rule *items =
      realloc(rules->items, (rules->count + 1) * sizeof *items);
  if (!items) return false;
  rules->items = items;
  char *name = malloc(rule->name_size + 1); /* the empty prefix has none */
  if (!name) return false;
  if (rule->name_size > 0) memcpy(name, rule->name, rule->name_size);
  size_t place = place_of(rules, rule);
  memmove(items + place + 1, items + place,
          (rules->count - place) * sizeof *items);
  items[place] = *rule;
  items[place].name = name;
  rules->count++;
  if (!rule->is_prefix) rules->exact++;
  return true;
}

void channel_rules_close(struct channel_rules *rules) {
  for (size_t i = 0; i < rules->count; i++)
    free((char *)rules->items[i].name);
  free(rules->items);
  *rules = (struct channel_rules){0};
}

/* The text is valid UTF-8. */
static bool has_controls(struct text text) {
  const unsigned char *bytes = (const unsigned char *)text.bytes;
  for (size_t i = 0; i < text.size; i++) {
    if (bytes[i] < 0x20 || bytes[i] == 0x7f) return true;
    if (bytes[i] == 0xc2 && bytes[i + 1] < 0xa0) return true;
  }
  return false;
}

/* Most names are, and each message for a channel has its name checked a few
   times. */
static bool is_printable_ascii(struct text name) {
  for (size_t i = 0; i < name.size; i++) {
    if (name.bytes[i] < ' ' || name.bytes[i] > '~') return false;
  }
  return true;
}

bool channel_name_is_valid(struct text name) {
  if (name.size == 0 || name.size > CHANNEL_NAME_MAX || name.bytes[0] == '$')
    return false;
  return is_printable_ascii(name) ||
         (utf8_is_valid(name.bytes, name.size) && !has_controls(name));
}

#ifndef BASE_MODEL_CHANNEL_RULE_H
#define BASE_MODEL_CHANNEL_RULE_H

/*
** What the rules of base.lua (`channels`) say of a channel, as far as C needs
** it. The functions of a rule are Lua's, which finds them by its number.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHANNEL_NAME_MAX = 128 /* bytes */ };

enum presence_kind {
  PRESENCE_NONE,
  PRESENCE_COUNT, /* how many are there */
  PRESENCE_LISTED /* who is there */
};

struct channel_rule {
  char *name; /* of the channel, or how its name begins */
  size_t name_size;
  bool is_prefix;
  bool is_public;
  enum presence_kind presence;
  uint64_t history_size; /* messages; 0: no history */
  uint64_t history_time; /* milliseconds after the last one */
  bool has_occupied;
  bool has_vacated;
  unsigned number; /* its place in the list of rules, from 1 */
};

struct channel_rules {
  struct channel_rule *items;
  size_t count;
};

/* Adds a copy. False when memory ran out. */
bool channel_rules_add(struct channel_rules *rules,
                       const struct channel_rule *rule);

void channel_rules_close(struct channel_rules *rules);

/* The rule with exactly this name, else the one with the longest beginning of
   it; or NULL. */
const struct channel_rule *channel_rules_find(const struct channel_rules *rules,
                                              struct text channel);

/* Whether it may be a channel's name: 1 to CHANNEL_NAME_MAX bytes of valid
   UTF-8, without control characters, not beginning with '$'. */
bool channel_name_is_valid(struct text name);

#endif

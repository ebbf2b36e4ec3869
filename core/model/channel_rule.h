#ifndef BASE_CHANNEL_RULE_H
#define BASE_CHANNEL_RULE_H

/*
** The rules of channels, as base.lua has them: what C knows of each, and which
** of them counts for a channel. Their functions stay in Lua.
**
** The rules belong to struct config: a pointer to one is good until the next
** load of the project.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHANNEL_NAME_MAX = 128 /* bytes */ };

/* What members are told of each other. */
enum presence_kind { PRESENCE_NONE, PRESENCE_COUNT, PRESENCE_LISTED };

struct channel_rule {
  const char *name; /* of the one channel; with is_prefix, the beginning of its
                 channels' names, which may be empty. No zero at its end. */
  size_t name_size;
  bool is_prefix;
  bool is_public; /* guests may join */
  enum presence_kind presence;
  uint64_t history_size;          /* messages; 0: there is no history */
  uint64_t history_time;          /* milliseconds after the last message */
  bool has_occupied, has_vacated; /* functions to call */
  unsigned number;                /* its index in the list of Lua, from 1 on */
};

/* An all-zero struct has no rules. */
struct channel_rules {
  struct channel_rule *items; /* in order: exact names, then prefixes, each
                                 sorted by their bytes */
  size_t count;
  size_t exact; /* so many of them are exact names */
};

/* Adds a copy, with a copy of the name. There may be no rule yet with this name
   and this is_prefix. False when memory ran out. */
bool channel_rules_add(struct channel_rules *rules,
                       const struct channel_rule *rule);

/* The rule of this very name, else the one with the longest prefix; NULL when
   there is neither. */
const struct channel_rule *channel_rules_find(const struct channel_rules *rules,
                                              struct text channel);

/* Frees all rules, not the struct itself, and leaves it all zero. */
void channel_rules_close(struct channel_rules *rules);

/* Whether a channel may have this name: 1 to CHANNEL_NAME_MAX bytes of valid
   UTF-8, without control characters (U+0000 to U+001F, U+007F to U+009F), not
   beginning with '$'. */
bool channel_name_is_valid(struct text name);

#endif

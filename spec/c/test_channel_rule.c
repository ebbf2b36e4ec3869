/*
** The rules of channels: which of them counts, and which names there may be.
*/
#include "check.h"
#include "lib/text.h"
#include "model/channel_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add(struct channel_rules *rules, const char *pattern,
                unsigned number) {
  size_t size = strlen(pattern);
  struct channel_rule rule = {.number = number, .name_size = size};
  rule.is_prefix = size > 0 && pattern[size - 1] == '*';
  if (rule.is_prefix) rule.name_size--;
  char name[CHANNEL_NAME_MAX + 2];
  memcpy(name, pattern, size);
  rule.name = name; /* is copied: it does not outlive this function */
  return channel_rules_add(rules, &rule);
}

/* The number of the rule that counts; 0: none. */
static unsigned number_of(const struct channel_rules *rules, struct text name) {
  const struct channel_rule *rule = channel_rules_find(rules, name);
  return rule ? rule->number : 0;
}

static void finds_what_counts(void) {
  static const char *const patterns[] = {
      "room:*",   "news",      "room:1",     "room:1*",
      "r*",       "room:12:*", "room:lobby", "räume:*",
      "räume:ä*", "room:9:*",  "room:9:x:*", "a"};
  static const struct {
    const char *channel;
    unsigned number;
  } rows[] = {
      {"room:", 1},       {"room:7", 1},      {"news", 2},
      {"room:1", 3},      {"room:10", 4},     {"room:12", 4},
      {"room:12:", 6},    {"room:12:x", 6},   {"room", 5},
      {"r", 5},           {"rest", 5},        {"room:lobby", 7},
      {"room:lobby2", 1}, {"room:lobb", 1},   {"räume:b", 8},
      {"räume:ä", 9},     {"räume:äb", 9},    {"räume", 5},
      {"room:9:x", 10},   {"room:9:x:y", 11}, {"room:9:xy", 10},
      {"room:9", 1},      {"a", 12},          {"ab", 0},
      {"new", 0},         {"newsletter", 0},  {"Room:7", 0},
      {"zzz", 0},         {"*", 0},           {"room:*", 1},
  };
  size_t count = sizeof patterns / sizeof *patterns;
  struct channel_rules rules = {0};
  CHECK(number_of(&rules, text_of("news")) == 0);
  for (size_t i = 0; i < count; i++)
    CHECK(add(&rules, patterns[i], (unsigned)i + 1));
  CHECK(rules.count == count && rules.exact == 4);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    CHECK_CASE(number_of(&rules, text_of(rows[i].channel)) == rows[i].number,
               rows[i].channel);
  channel_rules_close(&rules);
  CHECK(rules.count == 0 && !rules.items);
}

static void takes_a_star_alone_for_all(void) {
  struct channel_rules rules = {0};
  add(&rules, "*", 1);
  CHECK(number_of(&rules, text_of("x")) == 1);
  CHECK(number_of(&rules, text_of("\xf0\x9f\x8e\x89")) == 1);
  add(&rules, "x*", 2);
  add(&rules, "x", 3);
  CHECK(number_of(&rules, text_of("x")) == 3);
  CHECK(number_of(&rules, text_of("xy")) == 2);
  CHECK(number_of(&rules, text_of("y")) == 1);
  CHECK(number_of(&rules, text_of("*")) == 1);
  channel_rules_close(&rules);
}

static void takes_names_to_their_last_byte(void) {
  char name[CHANNEL_NAME_MAX + 1];
  memset(name, 'a', sizeof name);
  name[CHANNEL_NAME_MAX - 1] = '*';
  name[CHANNEL_NAME_MAX] = '\0';
  struct channel_rules rules = {0};
  add(&rules, name, 1); /* a prefix of 127 bytes */
  name[CHANNEL_NAME_MAX - 1] = 'b';
  add(&rules, name, 2);
  struct text text = {name, CHANNEL_NAME_MAX};
  CHECK(number_of(&rules, text) == 2);
  name[CHANNEL_NAME_MAX - 1] = 'c';
  CHECK(number_of(&rules, text) == 1);
  text.size--;
  CHECK(number_of(&rules, text) == 1);
  text.size--;
  CHECK(number_of(&rules, text) == 0);
  channel_rules_close(&rules);
}

/* What counts, without any order. */
static const struct channel_rule *search(const struct channel_rules *rules,
                                         struct text channel) {
  const struct channel_rule *best = NULL;
  for (size_t i = 0; i < rules->count; i++) {
    const struct channel_rule *rule = &rules->items[i];
    struct text name = {rule->name, rule->name_size};
    struct text beginning = {channel.bytes, channel.size};
    if (!rule->is_prefix && text_equals(name, channel)) return rule;
    if (!rule->is_prefix || name.size > channel.size) continue;
    beginning.size = name.size;
    bool is_longer = !best || name.size > best->name_size;
    if (is_longer && text_equals(name, beginning)) best = rule;
  }
  return best;
}

static struct text random_name(char *buffer, size_t most) {
  size_t size = (size_t)rand() % (most + 1);
  for (size_t i = 0; i < size; i++)
    buffer[i] = (char)('a' + rand() % 2);
  return (struct text){buffer, size};
}

static bool is_there(const struct channel_rules *rules,
                     const struct channel_rule *wanted) {
  for (size_t i = 0; i < rules->count; i++) {
    const struct channel_rule *rule = &rules->items[i];
    if (rule->is_prefix == wanted->is_prefix &&
        text_equals((struct text){rule->name, rule->name_size},
                    (struct text){wanted->name, wanted->name_size}))
      return true;
  }
  return false;
}

static void agrees_with_a_plain_search(void) {
  char buffer[8];
  srand(7);
  for (int round = 0; round < 200; round++) {
    struct channel_rules rules = {0};
    for (int i = 0; i < 30; i++) {
      struct text name = random_name(buffer, 6);
      struct channel_rule rule = {.name = buffer,
                                  .name_size = name.size,
                                  .is_prefix = rand() % 2,
                                  .number = (unsigned)i + 1};
      if (!is_there(&rules, &rule)) CHECK(channel_rules_add(&rules, &rule));
    }
    for (int i = 0; i < 100; i++) {
      struct text name = random_name(buffer, 7);
      CHECK(channel_rules_find(&rules, name) == search(&rules, name));
    }
    channel_rules_close(&rules);
  }
}

static void keeps_what_it_is_told(void) {
  struct channel_rules rules = {0};
  char name[] = "room:";
  struct channel_rule rule = {.name = name,
                              .name_size = 5,
                              .is_prefix = true,
                              .is_public = true,
                              .presence = PRESENCE_COUNT,
                              .history_size = 100,
                              .history_time = 300000,
                              .has_vacated = true,
                              .number = 3};
  channel_rules_add(&rules, &rule);
  name[0] = 'b';
  const struct channel_rule *found =
      channel_rules_find(&rules, text_of("room:1"));
  if (!CHECK(found != NULL)) return;
  CHECK(found->is_public && found->presence == PRESENCE_COUNT);
  CHECK(found->history_size == 100 && found->history_time == 300000);
  CHECK(!found->has_occupied && found->has_vacated && found->number == 3);
  channel_rules_close(&rules);
}

static void knows_valid_names(void) {
  static const struct {
    struct text name;
    bool is_valid;
  } rows[] = {
#define NAME(literal) {literal, sizeof(literal) - 1}
      {NAME("a"), true},
      {NAME("room:42"), true},
      {NAME("a b * $ /"), true},
      {NAME("räume\xe2\x80\xa8"), true},
      {NAME("\xf0\x9f\x8e\x89"), true},
      {NAME("\xc2\xa0"), true},
      {NAME("~"), true},
      {NAME(""), false},
      {NAME("$"), false},
      {NAME("$join"), false},
      {NAME("a\0"), false},
      {NAME("a\nb"), false},
      {NAME("\x1f"), false},
      {NAME("\x7f"), false},
      {NAME("\xc2\x80"), false},
      {NAME("a\xc2\x9f"), false},
      {NAME("\xc2"), false},
      {NAME("a\xff"), false},
      {NAME("\xed\xa0\x80"), false},
      {NAME("\xc0\xaf"), false},
#undef NAME
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char label[8];
    snprintf(label, sizeof label, "row %zu", i);
    CHECK_CASE(channel_name_is_valid(rows[i].name) == rows[i].is_valid, label);
  }
  char name[CHANNEL_NAME_MAX + 1];
  memset(name, 'a', sizeof name);
  CHECK(channel_name_is_valid((struct text){name, CHANNEL_NAME_MAX}));
  CHECK(!channel_name_is_valid((struct text){name, CHANNEL_NAME_MAX + 1}));
  memcpy(name + CHANNEL_NAME_MAX - 1, "\xc3\xa4", 2); /* cut in its middle */
  CHECK(!channel_name_is_valid((struct text){name, CHANNEL_NAME_MAX}));
}

int main(void) {
  finds_what_counts();
  takes_a_star_alone_for_all();
  takes_names_to_their_last_byte();
  agrees_with_a_plain_search();
  keeps_what_it_is_told();
  knows_valid_names();
  return check_report();
}

#include "lib/log_fields.h"

#include <stdlib.h>
#include <string.h>

static const char *const own[] = {"time", "level", "message", "connection",
                                  "user"};
enum { OWN = sizeof own / sizeof *own };

static bool is_own(const char *name) {
  for (size_t i = 0; i < OWN; i++) {
    if (strcmp(name, own[i]) == 0) return true;
  }
  return false;
}

/* --- names --- */

static bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* Writes the name, with an underscore for each unsafe character. Returns
   whether the name was unchanged. */
static bool take_name(char *out, struct text name) {
  size_t size = name.size < LOG_NAME_MAX ? name.size : LOG_NAME_MAX;
  bool is_same = size == name.size && size > 0;
  for (size_t i = 0; i < size; i++) {
    bool is_kept = is_safe(name.bytes[i]);
    out[i] = is_kept ? name.bytes[i] : '_';
    is_same = is_same && is_kept;
  }
  if (size == 0) out[size++] = '_';
  out[size] = '\0';
  return is_same;
}

static void add_underscore(char *name) {
  size_t size = strlen(name);
  name[size] = '_';
  name[size + 1] = '\0';
}

bool log_fields_add(struct log_fields *fields, struct text name,
                    struct text value, bool is_literal) {
  if (fields->count == LOG_FIELDS_MAX) return false;
  int place = fields->count++;
  char *own_name = fields->names[place];
  bool is_same = take_name(own_name, name);
  fields->is_renamed[place] = !is_same || is_own(own_name);
  if (is_own(own_name)) add_underscore(own_name);
  fields->each[place] = (struct log_field){own_name, value, is_literal};
  return true;
}

/* Whether another field keeps the name of this one: a field that was not
   renamed, or an earlier one. */
static bool is_taken(const struct log_fields *fields, int place) {
  for (int i = 0; i < fields->count; i++) {
    if (i != place && (!fields->is_renamed[i] || i < place) &&
        strcmp(fields->names[i], fields->names[place]) == 0)
      return true;
  }
  return false;
}

/* --- the order --- */

static int rank_name(struct text name) {
  if (text_equals(name, text_of("ref"))) return 0;
  return text_equals(name, text_of("traceback")) ? 2 : 1;
}

int log_fields_compare(struct text a, struct text b) {
  int difference = rank_name(a) - rank_name(b);
  size_t shorter = a.size < b.size ? a.size : b.size;
  if (difference == 0 && shorter > 0)
    difference = memcmp(a.bytes, b.bytes, shorter);
  if (difference != 0) return difference;
  return (a.size > b.size) - (a.size < b.size);
}

static int compare_fields(const void *a, const void *b) {
  const struct log_field *first = a, *second = b;
  return log_fields_compare(text_of(first->name), text_of(second->name));
}

void log_fields_arrange(struct log_fields *fields) {
  for (int i = 0; i < fields->count; i++) {
    while (fields->is_renamed[i] && is_taken(fields, i))
      add_underscore(fields->names[i]);
  }
  if (fields->count > 1)
    qsort(fields->each, (size_t)fields->count, sizeof *fields->each,
          compare_fields);
}

#include "net/http/condition.h"

#include "model/head.h"

#include <string.h>

/* Cuts the first entity tag off a list, without its W/; false when there is
   none. */
static bool cut_tag(struct text *list, struct text *tag) {
  while (list->size > 0 && strchr(" \t,", list->bytes[0])) {
    list->bytes++;
    list->size--;
  }
  if (list->size >= 2 && memcmp(list->bytes, "W/", 2) == 0) {
    list->bytes += 2;
    list->size -= 2;
  }
  if (list->size < 2 || list->bytes[0] != '"') return false;
  const char *end = memchr(list->bytes + 1, '"', list->size - 1);
  if (!end) return false;
  tag->bytes = list->bytes;
  tag->size = (size_t)(end - list->bytes) + 1;
  list->bytes += tag->size;
  list->size -= tag->size;
  return true;
}

static bool list_has(struct text list, struct text wanted) {
  struct text tag;
  if (text_equals(list, text_of("*"))) return true;
  while (cut_tag(&list, &tag)) {
    if (text_equals(tag, wanted)) return true;
  }
  return false;
}

bool file_is_known(const struct head *head, struct file_version version) {
  size_t cursor = 0;
  struct text value;
  bool has_tags = false;
  while (head_next_named(head, "If-None-Match", &cursor, &value)) {
    if (list_has(value, text_of(version.tag))) return true;
    has_tags = true;
  }
  /* Compared as text, because clients send back the date that they got. */
  return !has_tags && head_find(head, "If-Modified-Since", &value) &&
         text_equals(value, text_of(version.date));
}

/* Cuts off a number; false when there is none. A number that is too large
   becomes UINT64_MAX. */
static bool cut_number(struct text *text, uint64_t *number) {
  size_t before = text->size;
  *number = 0;
  while (text->size > 0 && text->bytes[0] >= '0' && text->bytes[0] <= '9') {
    uint64_t digit = (uint64_t)(text->bytes[0] - '0');
    bool fits = *number <= (UINT64_MAX - digit) / 10;
    *number = fits ? *number * 10 + digit : UINT64_MAX;
    text->bytes++;
    text->size--;
  }
  return text->size < before;
}

/* Reads exactly "a-b", "a-" or "-n" into the first and last byte. False for
   anything else. */
static bool scan_range(struct text text, uint64_t size, uint64_t *first,
                       uint64_t *last) {
  bool has_first = cut_number(&text, first);
  if (text.size == 0 || text.bytes[0] != '-') return false;
  text.bytes++;
  text.size--;
  bool has_last = cut_number(&text, last);
  if (text.size > 0) return false;
  if (!has_first) {
    *first = *last < size ? size - *last : 0;
    if (*last == 0) *first = size;
    *last = UINT64_MAX;
    return has_last;
  }
  if (!has_last) *last = UINT64_MAX;
  return *first <= *last;
}

enum file_range file_find_range(const struct head *head,
                                struct file_version version, uint64_t size,
                                uint64_t *offset, uint64_t *length) {
  static const char unit[] = "bytes=";
  struct text value;
  struct text wanted;
  uint64_t first;
  uint64_t last;
  if (!head_find(head, "Range", &value)) return FILE_WHOLE;
  if (head_find(head, "If-Range", &wanted) &&
      !text_equals(wanted, text_of(version.tag)) &&
      !text_equals(wanted, text_of(version.date))) {
    return FILE_WHOLE;
  }
  if (value.size < sizeof unit - 1 ||
      !text_equals_nocase((struct text){value.bytes, sizeof unit - 1},
                          text_of(unit))) {
    return FILE_WHOLE;
  }
  value.bytes += sizeof unit - 1;
  value.size -= sizeof unit - 1;
  if (!scan_range(text_trim(value), size, &first, &last)) return FILE_WHOLE;
  if (first >= size) return FILE_UNSATISFIABLE;
  if (last >= size) last = size - 1;
  *offset = first;
  *length = last - first + 1;
  return FILE_PART;
}

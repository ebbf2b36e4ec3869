#include "model/head.h"

#include <stdlib.h>
#include <string.h>

struct head *head_new(const char *bytes, size_t size) {
  if (size > SIZE_MAX - sizeof(struct head)) return NULL;
  struct head *head = calloc(1, sizeof *head + size);
  if (!head) return NULL;
  head->size = size;
  if (size > 0) memcpy(head->bytes, bytes, size);
  return head;
}

/* Cuts off the front of `rest`, up to the first `end`, or all of it. The `end`
   itself is dropped. */
static struct text cut_front(struct text *rest, char end) {
  struct text front = *rest;
  const char *at = rest->size > 0 ? memchr(rest->bytes, end, rest->size) : NULL;
  if (at) front.size = (size_t)(at - rest->bytes);
  size_t used = at ? front.size + 1 : front.size;
  rest->bytes += used;
  rest->size -= used;
  return front;
}

/* The line that begins at *cursor, without its end; moves to the next one. */
static struct text take_line(const struct head *head, size_t *cursor) {
  struct text rest = {head->bytes + *cursor, head->size - *cursor};
  struct text line = cut_front(&rest, '\n');
  *cursor = head->size - rest.size;
  if (line.size > 0 && line.bytes[line.size - 1] == '\r') line.size--;
  return line;
}

struct text head_method(const struct head *head) {
  size_t cursor = 0;
  struct text line = take_line(head, &cursor);
  return cut_front(&line, ' ');
}

struct text head_target(const struct head *head) {
  size_t cursor = 0;
  struct text line = take_line(head, &cursor);
  cut_front(&line, ' ');
  return cut_front(&line, ' ');
}

/* Path and query. A server must also take a target in absolute form (RFC 9112
   section 3.2.2); its scheme and authority are removed. */
static struct text origin_form(const struct head *head) {
  struct text target = head_target(head);
  struct text authority;
  if (!head_authority(head, &authority)) return target;
  const char *behind = authority.bytes + authority.size;
  return (struct text){behind, (size_t)(target.bytes + target.size - behind)};
}

bool head_authority(const struct head *head, struct text *authority) {
  struct text target = head_target(head);
  if (target.size == 0 || target.bytes[0] == '/') return false;
  const char *slashes = memmem(target.bytes, target.size, "://", 3);
  if (!slashes) return false;
  const char *end = target.bytes + target.size;
  const char *begin = slashes + 3;
  const char *at = begin;
  while (at < end && *at != '/' && *at != '?') {
    at++;
  }
  *authority = (struct text){begin, (size_t)(at - begin)};
  return true;
}

struct text head_host(const struct head *head) {
  struct text host;
  if (head_authority(head, &host) || head_find(head, "Host", &host))
    return host;
  return (struct text){"", 0};
}

struct text head_path(const struct head *head) {
  struct text target = origin_form(head);
  struct text path = cut_front(&target, '?');
  return path.size > 0 ? path : text_of("/");
}

struct text head_query(const struct head *head) {
  struct text target = origin_form(head);
  cut_front(&target, '?');
  return target;
}

bool head_next(const struct head *head, size_t *cursor, struct text *name,
               struct text *value) {
  if (*cursor == 0) take_line(head, cursor);
  if (*cursor >= head->size) return false;
  struct text line = take_line(head, cursor);
  if (line.size == 0) {
    *cursor = head->size;
    return false;
  }
  *name = cut_front(&line, ':');
  *value = text_trim(line);
  return true;
}

bool head_next_named(const struct head *head, const char *name, size_t *cursor,
                     struct text *value) {
  struct text wanted = text_of(name);
  struct text found;
  struct text content;
  while (head_next(head, cursor, &found, &content)) {
    if (!text_equals_nocase(found, wanted)) continue;
    *value = content;
    return true;
  }
  return false;
}

bool head_find(const struct head *head, const char *name, struct text *value) {
  size_t cursor = 0;
  return head_next_named(head, name, &cursor, value);
}

bool head_next_item(const struct head *head, const char *name, size_t *cursor,
                    struct text *list, struct text *item) {
  while (list->size == 0) {
    if (!head_next_named(head, name, cursor, list)) return false;
  }
  *item = text_trim(cut_front(list, ','));
  return true;
}

bool head_find_last(const struct head *head, const char *name,
                    struct text *value) {
  size_t cursor = 0;
  bool is_found = false;
  while (head_next_named(head, name, &cursor, value))
    is_found = true;
  return is_found;
}

bool head_has_token(const struct head *head, const char *name,
                    const char *token) {
  size_t cursor = 0;
  struct text wanted = text_of(token);
  struct text list = {"", 0};
  struct text item;
  while (head_next_item(head, name, &cursor, &list, &item)) {
    if (text_equals_nocase(item, wanted)) return true;
  }
  return false;
}

struct text head_protocol(const struct head *head) {
  return (struct text){head->bytes + head->protocol_at, head->protocol_size};
}

size_t head_count(const struct head *head, const char *name) {
  size_t count = 0;
  size_t cursor = 0;
  struct text value;
  while (head_next_named(head, name, &cursor, &value))
    count++;
  return count;
}

struct text head_first_line(const struct head *head) {
  const char *end = memchr(head->bytes, '\r', head->size);
  return (struct text){head->bytes,
                       end ? (size_t)(end - head->bytes) : head->size};
}

struct text head_version(const struct head *head) {
  struct text line = head_first_line(head);
  const char *space = memrchr(line.bytes, ' ', line.size);
  if (!space) return (struct text){line.bytes, 0};
  const char *end = line.bytes + line.size;
  return (struct text){space + 1, (size_t)(end - space - 1)};
}

bool head_is_old(const struct head *head) {
  return text_equals(head_version(head), text_of("HTTP/1.0"));
}

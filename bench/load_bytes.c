#include "load_bytes.h"

#include "load_fail.h"

#include <stdlib.h>
#include <string.h>

char *bytes_reserve(struct bytes *bytes, size_t more) {
  size_t needed = bytes->size + more;
  if (needed > bytes->capacity) {
    size_t capacity = bytes->capacity * 2;
    if (capacity < needed) capacity = needed;
    char *data = realloc(bytes->data, capacity);
    if (!data) fail("out of memory: %zu bytes", capacity);
    bytes->data = data;
    bytes->capacity = capacity;
  }
  return bytes->data + bytes->size;
}

void bytes_add(struct bytes *bytes, const void *data, size_t size) {
  if (size == 0) return;
  memcpy(bytes_reserve(bytes, size), data, size);
  bytes->size += size;
}

void bytes_drop(struct bytes *bytes, size_t size) {
  bytes->size -= size;
  if (size > 0 && bytes->size > 0) {
    memmove(bytes->data, bytes->data + size, bytes->size);
  }
}

void bytes_free(struct bytes *bytes) {
  free(bytes->data);
  *bytes = (struct bytes){0};
}

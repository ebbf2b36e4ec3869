#include "lib/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 64 };

static bool fail_buffer(struct buffer *buffer) {
  buffer->failed = true;
  return false;
}

/* The capacity doubles, so that many small appends cost as much as one
   large. */
static bool grow_buffer(struct buffer *buffer, size_t needed) {
  size_t capacity = buffer->capacity ? buffer->capacity : SMALLEST;
  while (capacity < needed) {
    capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
  }
  char *bytes = realloc(buffer->bytes, capacity);
  if (!bytes) return fail_buffer(buffer);
  buffer->bytes = bytes;
  buffer->capacity = capacity;
  return true;
}

static bool make_buffer_room(struct buffer *buffer, size_t size) {
  if (buffer->bytes && size <= buffer->capacity - buffer->size) return true;
  if (size > SIZE_MAX - buffer->size) return fail_buffer(buffer);
  return grow_buffer(buffer, buffer->size + size);
}

char *buffer_reserve(struct buffer *buffer, size_t size) {
  return make_buffer_room(buffer, size) ? buffer->bytes + buffer->size : NULL;
}

bool buffer_append_growing(struct buffer *buffer, const void *bytes,
                           size_t size) {
  if (!make_buffer_room(buffer, size)) return false;
  memcpy(buffer->bytes + buffer->size, bytes, size);
  buffer->size += size;
  return true;
}

bool buffer_append_string(struct buffer *buffer, const char *string) {
  return buffer_append(buffer, string, strlen(string));
}

bool buffer_print_list(struct buffer *buffer, const char *format,
                       va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int size = vsnprintf(NULL, 0, format, again);
  va_end(again);
  /* One more byte than the text has: vsnprintf ends it with a zero. */
  if (size < 0 || !make_buffer_room(buffer, (size_t)size + 1))
    return fail_buffer(buffer);
  vsnprintf(buffer->bytes + buffer->size, (size_t)size + 1, format, arguments);
  buffer->size += (size_t)size;
  return true;
}

bool buffer_print(struct buffer *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  bool is_printed = buffer_print_list(buffer, format, arguments);
  va_end(arguments);
  return is_printed;
}

void buffer_clear(struct buffer *buffer) {
  buffer->size = 0;
  buffer->failed = false;
}

void buffer_free(struct buffer *buffer) {
  free(buffer->bytes);
  *buffer = (struct buffer){0};
}

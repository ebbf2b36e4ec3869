#ifndef BASE_LIB_BUFFER_H
#define BASE_LIB_BUFFER_H

/*
** Bytes that grow. An all-zero buffer is an empty one.
**
** When memory runs out, an append leaves the buffer as it was, returns false
** and sets `failed`. So a writer of many pieces may check once at the end.
*/
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct buffer {
  char *bytes;
  size_t size;
  size_t capacity;
  bool failed;
};

/* The slow path of buffer_append, for when the bytes do not fit. */
bool buffer_append_growing(struct buffer *buffer, const void *bytes,
                           size_t size);

/* Makes room for `size` more bytes and returns where they begin, or NULL. The
   caller writes there and then adds to buffer->size. */
char *buffer_reserve(struct buffer *buffer, size_t size);

static inline bool buffer_append(struct buffer *buffer, const void *bytes,
                                 size_t size) {
  if (size > buffer->capacity - buffer->size)
    return buffer_append_growing(buffer, bytes, size);
  if (size > 0) memcpy(buffer->bytes + buffer->size, bytes, size);
  buffer->size += size;
  return true;
}

bool buffer_append_string(struct buffer *buffer, const char *string);
bool buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool buffer_print_list(struct buffer *buffer, const char *format,
                       va_list arguments) __attribute__((format(printf, 2, 0)));

/* Empties the buffer and keeps its memory. */
void buffer_clear(struct buffer *buffer);

/* Empties the buffer and gives its memory back. */
void buffer_free(struct buffer *buffer);

#endif

#ifndef BASE_LOAD_BYTES_H
#define BASE_LOAD_BYTES_H

/*
** Bytes that grow: what a connection has not parsed or not written yet. All
** zeroes is an empty one. Running out of memory ends the program.
*/
#include <stddef.h>

struct bytes {
  char *data;
  size_t size, capacity;
};

/* Makes room for so many more. Returns where they go; the caller adds what it
   wrote there to `size`. */
char *bytes_reserve(struct bytes *bytes, size_t more);
void bytes_add(struct bytes *bytes, const void *data, size_t size);
/* Takes the first ones away. */
void bytes_drop(struct bytes *bytes, size_t size);
void bytes_free(struct bytes *bytes);

#endif

#ifndef BASE_LIB_OWNER_H
#define BASE_LIB_OWNER_H

#include <stddef.h>

/* The struct of the given type whose member of that name is at `part`. */
#define owner_of(part, type, member)                                           \
  ((type *)(void *)((char *)(part)-offsetof(type, member)))

#endif

#ifndef BASE_LIB_OWNER_H
#define BASE_LIB_OWNER_H

#include <stddef.h>

/* The address of the struct of that type in which `*part` lies as its member
   of that name. */
#define owner_of(part, type, member)                                           \
  ((type *)(void *)((char *)(part)-offsetof(type, member)))

#endif

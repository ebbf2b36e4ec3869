#ifndef BASE_LUA_EMBEDDED_H
#define BASE_LUA_EMBEDDED_H

/*
** The Lua half, lua/base, compiled into the program.
*/
#include <stddef.h>

struct embedded_module {
  const char
      *name; /* the name for require: "base.config", or "base" for init */
  const char *bytes; /* the text of the file */
  size_t size;
};

/* The last one has the name NULL. */
extern const struct embedded_module embedded_modules[];

#endif

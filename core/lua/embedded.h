#ifndef BASE_LUA_EMBEDDED_H
#define BASE_LUA_EMBEDDED_H

/*
** The Lua half, lua/base, as the build compiled it in: there for as long as the
** program runs.
*/
#include <stddef.h>

struct embedded_module {
  const char *name;  /* as require has it: "base.config", or "base" for init */
  const char *bytes; /* the text of the file */
  size_t size;
};

/* Ended by a module whose name is NULL. */
extern const struct embedded_module embedded_modules[];

#endif

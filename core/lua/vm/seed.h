#ifndef BASE_LUA_VM_SEED_H
#define BASE_LUA_VM_SEED_H

/*
** A state of Lua whose hash has a seed that nobody can guess, so that nobody
** can make keys that collide.
**
** Lua makes its seed, of 32 bits, of the time, the address of the state, one of
** the stack and one of its code (luai_makeseed). Where the system does not
** scatter those (or somebody has learned them), that is a number that can be
** tried out. So the state is put at one of 2^36 places, and made at one of 2^12
** places of the stack, which the system's randomness draws: as Lua mixes them,
** that gives 31.7 of the 32 bits, whatever the system scatters by itself.
*/
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Where the state lies, and how it warns; owned by whoever made it. */
struct seeded {
  void *block;       /* NULL: where malloc has put it */
  void *pages;       /* around it */
  size_t size;       /* of those */
  bool is_warning;   /* warn("@on") */
  bool is_continued; /* the last warning, by the next */
};

/* As luaL_newstate, with an allocator that is made of malloc. NULL when memory
   ran out. The struct has to live as long as the state. */
lua_State *seeded_new(struct seeded *seeded);

/* lua_close, whatever its allocator is by now. */
void seeded_close(struct seeded *seeded, lua_State *L);

#endif

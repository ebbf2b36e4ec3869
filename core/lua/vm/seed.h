#ifndef BASE_LUA_VM_SEED_H
#define BASE_LUA_VM_SEED_H

/*
** A Lua state whose hash seed cannot be guessed, so that clients cannot make
** keys that collide.
**
** Lua makes its 32-bit seed from the time, the address of the state, one
** address of the stack and one of its code (luai_makeseed). Where the system
** does not randomize these addresses, or an attacker has learned them, the seed
** can be found by trying. So the state is put at one of 2^36 places and made at
** one of 2^12 places of the stack, drawn from the system's randomness. After
** Lua's mixing that gives 31.7 of the 32 bits, whatever the system randomizes
** itself.
*/
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Where the state lies, and the state of its warnings. The caller owns it. */
struct seeded {
  void *block;       /* NULL: the state was allocated by malloc */
  void *pages;       /* the pages around it */
  size_t size;       /* of the pages */
  bool is_warning;   /* warn("@on") */
  bool is_continued; /* the next warning continues the last one */
};

/* As luaL_newstate, with an allocator that uses malloc. NULL when memory ran
   out. The struct has to live as long as the state. */
lua_State *seeded_new(struct seeded *seeded);

/* As lua_close, even if the state's allocator was replaced. */
void seeded_close(struct seeded *seeded, lua_State *L);

#endif

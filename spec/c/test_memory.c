/*
** What is counted of Lua's heap.
*/
#include "check.h"
#include "lua/vm/memory.h"

#include <lauxlib.h>

/* A collection shrinks Lua's table of strings, which takes back nothing of what
   was allocated. */
static void test_allocated_only_grows(void) {
  struct memory memory = {0};
  lua_State *L = luaL_newstate();
  memory_open(&memory, L);
  lua_gc(L, LUA_GCSTOP);
  for (int i = 0; i < 100000; i++) {
    lua_pushfstring(L, "%d", i);
    lua_pop(L, 1);
  }
  size_t used = memory.used;
  uint64_t allocated = memory_allocated(&memory);
  lua_gc(L, LUA_GCCOLLECT);
  CHECK(memory.used < used / 2);
  CHECK(memory_allocated(&memory) >= allocated);
  lua_close(L);
}

int main(void) {
  test_allocated_only_grows();
  return check_report();
}

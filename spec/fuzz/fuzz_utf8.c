/*
** UTF-8, at once, in pieces, and as Lua's own library sees it.
*/
#include "fuzz.h"

#include "lib/utf8.h"

#include <lauxlib.h>
#include <lualib.h>

/* Whether utf8.len finds no fault. */
static bool witness(const char *bytes, size_t size) {
  static lua_State *L;
  if (!L) {
    L = luaL_newstate();
    MUST(L);
    luaL_requiref(L, "utf8", luaopen_utf8, 0);
    lua_getfield(L, -1, "len");
    lua_replace(L, 1);
  }
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, bytes, size);
  lua_call(L, 1, 1);
  return lua_isinteger(L, -1);
}

/* A byte chooses the size of the pieces; the rest is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  size_t piece = input_take(&input) % 40 + 1;
  char *copy = copy_exactly(input.bytes, input.size);
  bool is_valid = utf8_is_valid(copy, input.size);
  uint32_t state = UTF8_START;
  for (size_t at = 0; at < input.size; at += piece) {
    size_t left = input.size - at < piece ? input.size - at : piece;
    state = utf8_continue(state, copy + at, left);
  }
  MUST((state == UTF8_START) == is_valid);
  MUST(witness(input.bytes, input.size) == is_valid);
  free(copy);
  return 0;
}

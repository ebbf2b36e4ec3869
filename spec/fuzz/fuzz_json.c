/*
** JSON into values of Lua and back: it is taken just when a second opinion
** takes it; what was decoded is encoded, and decoded to the same.
*/
#include "fuzz.h"
#include "json_witness.h"
#include "values.h"

#include "lib/json.h"
#include "lib/utf8.h"
#include "lua/json/json.h"
#include "lua/vm/vm.h"

#include <lauxlib.h>

static struct buffer scratch;
static struct buffer text;

/* Pushes the value, or nothing. */
static bool decode(lua_State *L, const char *bytes, size_t size) {
  int top = lua_gettop(L);
  const char *end = bytes + size;
  struct json_text json = {.end = end, .scratch = &scratch};
  const char *at = json_decode(L, bytes, 0, &json);
  MUST(at ? lua_gettop(L) == top + 1 : lua_gettop(L) == top);
  bool is_good = at && json_skip_space(at, end) == end;
  if (!is_good) lua_settop(L, top);
  return is_good;
}

/* The same, as the witness has it. */
static bool is_json(const char *bytes, size_t size) {
  if (memchr(bytes, '\0', size) || !utf8_is_valid(bytes, size)) return false;
  char *string = strndup(bytes, size);
  MUST(string);
  bool is_good = json_witness(string);
  free(string);
  return is_good;
}

/* Takes the bytes as (pointer, size), and raises for nothing. */
static int check(lua_State *L) {
  const char *bytes = lua_touserdata(L, 1);
  size_t size = (size_t)lua_tointeger(L, 2);
  bool is_good = decode(L, bytes, size);
  MUST(is_good == is_json(bytes, size));
  if (!is_good) return 0;
  buffer_clear(&text);
  json_encode(L, 3, 0, &text);
  char *copy = copy_exactly(text.bytes, text.size);
  MUST(decode(L, copy, text.size));
  MUST(values_are_same(L, 3, 4));
  free(copy);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static lua_State *L;
  static struct scripts scripts; /* in which nothing runs */
  if (!L) {
    L = luaL_newstate();
    *(struct scripts **)lua_getextraspace(L) = &scripts;
    MUST(L);
    json_open(L);
  }
  char *copy = copy_exactly((const char *)bytes, size);
  lua_settop(L, 0);
  lua_pushcfunction(L, check);
  lua_pushlightuserdata(L, copy);
  lua_pushinteger(L, (lua_Integer)size);
  MUST(lua_pcall(L, 2, 0, 0) == LUA_OK);
  free(copy);
  return 0;
}

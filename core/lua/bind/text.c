/*
** Functions on texts for the Lua half: conversions that do not depend on the
** locale, which a script may have set and Lua's own functions obey; and
** secrets.
*/
#include "lib/ascii.h"
#include "lib/json.h"
#include "lib/log_fields.h"
#include "lib/plain.h"
#include "lib/secret.h"
#include "lua/bind/bind.h"
#include "model/registry.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* --- numbers --- */

void number_push_shortest(lua_State *L, lua_Number number) {
  struct buffer *text = &scripts_of(L)->scratch;
  buffer_clear(text);
  if (!isfinite(number)) {
    lua_pushstring(L, isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
  } else if (json_print_double(text, number)) {
    lua_pushlstring(L, text->bytes, text->size);
  } else {
    luaL_error(L, "out of memory");
  }
}

/* Pushes a float as tostring prints it without a locale. */
static void push_float(lua_State *L, lua_Number number) {
  char text[64];
  locale_t before = plain_begin();
  snprintf(text, sizeof text, LUA_NUMBER_FMT, (LUAI_UACNUMBER)number);
  plain_end(before);
  bool looks_whole = text[strspn(text, "-0123456789")] == '\0';
  lua_pushfstring(L, "%s%s", text, looks_whole ? ".0" : "");
}

void number_push(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER && !lua_isinteger(L, index))
    push_float(L, lua_tonumber(L, index));
  else
    luaL_tolstring(L, index, NULL);
}

/* core.text(value) -> tostring(value) */
static int f_text(lua_State *L) {
  luaL_checkany(L, 1);
  number_push(L, 1);
  return 1;
}

/* core.digits(number) -> the shortest text that reads back as the number */
static int f_digits(lua_State *L) {
  lua_Number number = luaL_checknumber(L, 1);
  if (lua_isinteger(L, 1))
    number_push(L, 1);
  else
    number_push_shortest(L, number);
  return 1;
}

/* --- letters --- */

/* core.lower(text) -> the text with its ASCII letters in lower case */
static int f_lower(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, size);
  for (size_t i = 0; i < size; i++)
    out[i] = ascii_lower(text[i]);
  luaL_pushresultsize(&buffer, size);
  return 1;
}

static struct text check_text_at(lua_State *L, int index) {
  struct text text;
  text.bytes = luaL_checklstring(L, index, &text.size);
  return text;
}

/* core.precedes(a, b) -> boolean: compares the bytes, for table.sort */
static int f_precedes(lua_State *L) {
  struct text a = check_text_at(L, 1), b = check_text_at(L, 2);
  size_t shorter = a.size < b.size ? a.size : b.size;
  int difference = shorter > 0 ? memcmp(a.bytes, b.bytes, shorter) : 0;
  lua_pushboolean(L, difference < 0 || (difference == 0 && a.size < b.size));
  return 1;
}

/* --- secrets --- */

/* Reads a string; false for nil. Raises for any other type. */
static bool read_text(lua_State *L, int index, struct text *text) {
  if (lua_isnil(L, index)) return false;
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_typeerror(L, index, "string or nil");
  *text = check_text_at(L, index);
  return true;
}

/* base.equal(given, secret) -> boolean */
static int f_equal(lua_State *L) {
  struct text given, secret;
  lua_settop(L, 2);
  bool has_given = read_text(L, 1, &given);
  bool has_secret = read_text(L, 2, &secret);
  lua_pushboolean(L, has_given && has_secret && secret_equals(secret, given));
  return 1;
}

/* core.reference() -> eight hexadecimal digits of the system's randomness */
static int f_reference(lua_State *L) {
  uint32_t digits = 0;
  char text[9];
  if (getrandom(&digits, sizeof digits, GRND_NONBLOCK) < 0)
    digits = (uint32_t)time(NULL); /* the system has no randomness yet, just
                                      after it booted */
  snprintf(text, sizeof text, "%08x", (unsigned)digits);
  lua_pushstring(L, text);
  return 1;
}

/* core.hash(text) -> integer, other in each process */
static int f_hash(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  uint64_t seed = scripts_of(L)->registry->seed;
  lua_pushinteger(L, (lua_Integer)map_hash_bytes(bytes, size, ~seed));
  return 1;
}

void core_text_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"text", f_text},   {"digits", f_digits},
      {"lower", f_lower}, {"precedes", f_precedes},
      {"equal", f_equal}, {"reference", f_reference},
      {"hash", f_hash},   {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

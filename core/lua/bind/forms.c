/*
** What text has to look like, for the Lua half: the grammar is that of lib and
** model.
*/
#include "lib/percent.h"
#include "lib/token.h"
#include "lua/bind/bind.h"

static struct text check_text(lua_State *L) {
  struct text text;
  text.bytes = luaL_checklstring(L, 1, &text.size);
  return text;
}

/* core.is_token(text) -> boolean */
static int f_is_token(lua_State *L) {
  lua_pushboolean(L, token_is_valid(check_text(L)));
  return 1;
}

/* core.percent_decode(text) -> text | nil */
static int f_percent_decode(lua_State *L) {
  struct text text = check_text(L);
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, text.size);
  long size = percent_decode(text, out);
  luaL_pushresultsize(&buffer, size < 0 ? 0 : (size_t)size);
  if (size < 0) lua_pushnil(L);
  return 1;
}

void core_forms_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"is_token", f_is_token},
                                       {"percent_decode", f_percent_decode},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

/*
** Checks of the form of texts, for the Lua half: the grammar is that of lib and
** model.
*/
#include "lib/address.h"
#include "lib/ascii.h"
#include "lib/origin.h"
#include "lib/percent.h"
#include "lib/token.h"
#include "lua/bind/bind.h"
#include "lua/bind/channels.h"
#include "lua/object/objects.h"
#include "model/channel_rule.h"
#include "model/close.h"
#include "model/user.h"

#include <stddef.h>
#include <sys/un.h>

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

/* core.is_address(text) -> boolean: an IPv4 or IPv6 address */
static int f_is_address(lua_State *L) {
  struct address address;
  lua_pushboolean(L, address_scan(&address, check_text(L)));
  return 1;
}

/* core.plain_address(address) -> its normal form */
static int f_plain_address(lua_State *L) {
  struct address address;
  char text[ADDRESS_TEXT_SIZE];
  luaL_argcheck(L, address_scan(&address, check_text(L)), 1, "no address");
  address_print(&address, text);
  lua_pushstring(L, text);
  return 1;
}

/* core.is_network(text) -> boolean: an address, "10.0.0.0/8" or "unix" */
static int f_is_network(lua_State *L) {
  struct network network;
  lua_pushboolean(L, network_scan(&network, check_text(L)));
  return 1;
}

/* core.is_channel_name(text) -> boolean */
static int f_is_channel_name(lua_State *L) {
  lua_pushboolean(L, channel_name_is_valid(check_text(L)));
  return 1;
}

/* core.is_port(text) -> boolean: 1 to 65535, without zeros in front */
static int f_is_port(lua_State *L) {
  lua_pushboolean(L, text_is_plain_port(check_text(L)));
  return 1;
}

/* Pushes nil, and the reason if there is one. */
static int push_no(lua_State *L, const char *why) {
  lua_pushnil(L);
  lua_pushstring(L, why);
  return why ? 2 : 1;
}

/* core.to_host(text) -> a host in lower case, or a pattern | nil [, why] */
static int f_to_host(lua_State *L) {
  const char *why;
  struct text text = check_text(L);
  if (!host_is_valid(text, &why)) return push_no(L, why);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (size_t i = 0; i < text.size; i++)
    luaL_addchar(&buffer, ascii_lower(text.bytes[i]));
  luaL_pushresult(&buffer);
  return 1;
}

/* core.to_origin(text) -> an origin as browsers write it, or a pattern |
   nil [, why] */
static int f_to_origin(lua_State *L) {
  const char *why;
  struct text text = check_text(L);
  if (!origin_is_valid(text, &why)) return push_no(L, why);
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, text.size);
  luaL_pushresultsize(&buffer, origin_normalize(text, out));
  return 1;
}

/* core.is_close_code(code) -> boolean: whether the application may use it */
static int f_is_close_code(lua_State *L) {
  lua_Integer code = luaL_checkinteger(L, 1);
  lua_pushboolean(L,
                  code == CLOSE_SENT_AWAY || close_code_is_for_scripts(code));
  return 1;
}

/* core.longest: the most bytes of each text */
static void set_longest(lua_State *L) {
  static const struct {
    const char *name;
    size_t bytes;
  } rows[] = {{"user_id", USER_ID_MAX},
              {"command", MESSAGE_COMMAND_MAX},
              {"channel", CHANNEL_NAME_MAX},
              {"info", CHANNEL_INFO_MAX},
              {"close_reason", CLOSE_REASON_MAX},
              {"unix_path", sizeof((struct sockaddr_un *)NULL)->sun_path - 1}};
  lua_newtable(L);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    lua_pushinteger(L, (lua_Integer)rows[i].bytes);
    lua_setfield(L, -2, rows[i].name);
  }
  lua_setfield(L, -2, "longest");
}

void core_forms_open(lua_State *L) {
  set_longest(L);
  static const luaL_Reg functions[] = {{"is_token", f_is_token},
                                       {"percent_decode", f_percent_decode},
                                       {"is_address", f_is_address},
                                       {"plain_address", f_plain_address},
                                       {"is_network", f_is_network},
                                       {"is_channel_name", f_is_channel_name},
                                       {"is_port", f_is_port},
                                       {"to_host", f_to_host},
                                       {"to_origin", f_to_origin},
                                       {"is_close_code", f_is_close_code},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

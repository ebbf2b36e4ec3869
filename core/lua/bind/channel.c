/*
** base.channel, and the methods of a channel.
*/
#include "model/channel.h"
#include "bus/bus.h"
#include "lib/buffer.h"
#include "lib/json.h"
#include "lua/bind/bind.h"
#include "lua/bind/channels.h"
#include "lua/json/json.h"
#include "lua/session/ask.h"
#include "lua/session/joining.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "model/connection.h"
#include "model/epoch.h"
#include "model/membership.h"
#include "model/registry.h"

#include <string.h>

/* --- infos --- */

struct text channel_check_info(lua_State *L, int index) {
  struct buffer *text = &scripts_of(L)->text;
  if (lua_isnoneornil(L, index)) return (struct text){0};
  if (!lua_istable(L, index))
    luaL_error(L, "the info of a member must be a table, not %s",
               luaL_typename(L, index));
  buffer_clear(text);
  json_encode(L, index, 1, text);
  bool failed = text->failed;
  text->failed = false;
  if (failed) luaL_error(L, "out of memory");
  if (text->bytes[0] != '{')
    luaL_error(L, "the info of a member must be a table with names, not a "
                  "list");
  if (text->size > CHANNEL_INFO_MAX)
    luaL_error(L,
               "the info of a member must have at most %d bytes as JSON, "
               "not %d",
               CHANNEL_INFO_MAX, (int)text->size);
  bool is_empty = text->size == 2;
  return (struct text){text->bytes, is_empty ? 0 : text->size};
}

/* --- channel:send --- */

static int push_position(lua_State *L, const struct bus_answer *answer) {
  if (answer->position)
    lua_pushinteger(L, (lua_Integer)answer->position);
  else
    lua_pushboolean(L, true);
  return 1;
}

/* The option at the top, popped, or its default where it is absent. */
static bool take_flag(lua_State *L, const char *name, bool otherwise) {
  bool flag = otherwise;
  if (!lua_isnil(L, -1)) {
    if (!lua_isboolean(L, -1))
      luaL_error(L, "the option %s must be true or false, not %s", name,
                 luaL_typename(L, -1));
    flag = lua_toboolean(L, -1);
  }
  lua_pop(L, 1);
  return flag;
}

/* The options {except = connection, keep = boolean} at `index`. */
static void check_send_options(lua_State *L, int index,
                               struct bus_publish *publish) {
  publish->is_kept = true;
  if (lua_isnoneornil(L, index)) return;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "keep");
  publish->is_kept = take_flag(L, "keep", true);
  if (lua_getfield(L, index, "except") != LUA_TNIL) {
    const struct connection *except = connection_check(L, -1);
    if (except) publish->except = except->id;
  }
  lua_pop(L, 1);
}

/* channel:send(message [, {except = connection, keep = false}]) -> position |
   true without history | nil, word */
static int m_send(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  struct bus_publish publish = {.channel = channel_check(L, 1)};
  int options;
  message_print_core(L, 2, &options, &scripts->text);
  check_send_options(L, options, &publish);
  publish.message = (struct text){scripts->text.bytes, scripts->text.size};
  struct ask *ask = ask_new(L, push_position);
  bus_publish(scripts->bus, ask_call(ask), &publish);
  return ask_finish(L, ask);
}

/* --- joining and leaving --- */

/* channel:join(connection [, info]) -> true | nil, "closed", "limit" or
   "busy" */
static int m_join(lua_State *L) {
  struct join join = {.channel = channel_check(L, 1), .is_by_script = true};
  struct connection *connection = connection_check_open(L, 2);
  join.info = channel_check_info(L, 3);
  if (!connection) return push_closed(L);
  return join_channel(L, connection->session, &join, false);
}

const char *channel_check_reason(lua_State *L, int index) {
  size_t size;
  const char *reason = luaL_optlstring(L, index, NULL, &size);
  luaL_argcheck(L, !reason || strlen(reason) == size, index,
                "the reason must have no zero byte");
  return reason;
}

/* channel:leave(connection [, reason]) -> true | nil, "closed" */
static int m_leave(lua_State *L) {
  struct text channel = channel_check(L, 1);
  struct connection *connection = connection_check_open(L, 2);
  const char *reason = channel_check_reason(L, 3);
  if (!connection) return push_closed(L);
  session_leave_channel(connection->session, channel, reason);
  lua_pushboolean(L, true);
  return 1;
}

/* --- who is there --- */

static int push_members(lua_State *L, const struct bus_answer *answer) {
  lua_createtable(L, 0, (int)answer->member_count);
  for (size_t i = 0; i < answer->member_count; i++) {
    const struct bus_member *member = &answer->members[i];
    lua_pushlstring(L, member->id.bytes, member->id.size);
    if (member->info.size > 0)
      channel_push_json(L, member->info);
    else
      lua_newtable(L);
    lua_rawset(L, -3);
  }
  return 1;
}

/* channel:members() -> id as text -> info | nil, word */
static int m_members(lua_State *L) {
  struct text channel = channel_check(L, 1);
  struct ask *ask = ask_new(L, push_members);
  bus_ask_who(scripts_of(L)->bus, ask_call(ask), channel);
  return ask_finish(L, ask);
}

static int push_counts(lua_State *L, const struct bus_answer *answer) {
  lua_pushinteger(L, answer->users);
  lua_pushinteger(L, answer->connections);
  return 2;
}

/* channel:count() -> users, connections | nil, word */
static int m_count(lua_State *L) {
  struct text channel = channel_check(L, 1);
  struct ask *ask = ask_new(L, push_counts);
  bus_ask_who(scripts_of(L)->bus, ask_call(ask), channel);
  return ask_finish(L, ask);
}

/* --- base.channel --- */

/* base.channel(name) -> channel */
static int f_channel(lua_State *L) {
  channel_push(L, channel_check_name(L, 1));
  return 1;
}

void channel_open_methods(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"send", m_send},           {"join", m_join},
      {"leave", m_leave},         {"members", m_members},
      {"count", m_count},         {"history", channel_m_history},
      {"clear", channel_m_clear}, {NULL, NULL}};
  luaL_newlib(L, methods);
  channel_class_open(L);
  static const luaL_Reg functions[] = {{"channel", f_channel}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  channel_serving_open(L);
  channel_users_open(L);
  channel_views_open(L);
}

/*
** Messages: tables of the class base.Message. A message in Lua is a plain
** table, so that a script may read and change it; it is checked when it is sent
** (message_encode.c).
*/
#include "lua/object/objects.h"
#include "model/channel_rule.h"

bool message_is_raw(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return true;
  lua_pop(L, 1);
  return false;
}

bool message_is(lua_State *L, int index) {
  if (!lua_istable(L, index) || !lua_getmetatable(L, index)) return false;
  bool same = lua_topointer(L, -1) == scripts_of(L)->message_class;
  lua_pop(L, 1);
  return same;
}

bool message_is_id(lua_State *L, int index) {
  if (lua_isinteger(L, index)) return true;
  return lua_type(L, index) == LUA_TSTRING &&
         lua_rawlen(L, index) <= MESSAGE_ID_MAX;
}

bool message_is_channel(lua_State *L, int index) {
  struct text name;
  if (lua_type(L, index) != LUA_TSTRING) return false;
  name.bytes = lua_tolstring(L, index, &name.size);
  return channel_name_is_valid(name);
}

bool message_is_for_channel(lua_State *L, int index) {
  int message = lua_absindex(L, index);
  if (!lua_istable(L, message) || message_is_raw(L, message)) return false;
  bool is = lua_getfield(L, message, "channel") != LUA_TNIL;
  if (lua_getfield(L, message, "command") == LUA_TSTRING)
    is = is || lua_tostring(L, -1)[0] == '$';
  lua_pop(L, 2);
  return is;
}

/* --- the class --- */

/* Upvalues of the functions that make messages: the field names and the
   class. */
enum { UP_COMMAND = 1, UP_BODY, UP_ID, UP_CHANNEL, UP_CLASS };

/* Sets a field of the table at the top to the value at `index`. */
static void set_field(lua_State *L, int name, int index) {
  lua_pushvalue(L, lua_upvalueindex(name));
  lua_pushvalue(L, index);
  lua_rawset(L, -3);
}

/* Pushes a message of the values at these indices; 0: it has none. */
static int push_message(lua_State *L, int command, int body, int id,
                        int channel) {
  if (lua_type(L, command) != LUA_TSTRING)
    return luaL_error(L, "the command of a message must be a string, not %s",
                      luaL_typename(L, command));
  lua_createtable(L, 0, MESSAGE_FIELDS);
  set_field(L, UP_COMMAND, command);
  set_field(L, UP_BODY, body);
  if (id) set_field(L, UP_ID, id);
  if (channel) set_field(L, UP_CHANNEL, channel);
  lua_pushvalue(L, lua_upvalueindex(UP_CLASS));
  lua_setmetatable(L, -2);
  return 1;
}

/* base.Message(command, body) -> message */
static int f_new(lua_State *L) {
  lua_settop(L, 3);
  return push_message(L, 2, 3, 0, 0);
}

/* message:respond(command, body) -> message, with the same id and channel. What
   cannot be a channel is a field of the script's own, and is left out. */
static int m_respond(lua_State *L) {
  lua_settop(L, 3);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushvalue(L, lua_upvalueindex(UP_ID));
  int id = lua_rawget(L, 1) == LUA_TNIL ? 0 : 4;
  lua_pushvalue(L, lua_upvalueindex(UP_CHANNEL));
  lua_rawget(L, 1);
  int channel = message_is_channel(L, 5) ? 5 : 0;
  return push_message(L, 2, 3, id, channel);
}

/* core.is_message(value) -> boolean */
static int f_is_message(lua_State *L) {
  lua_pushboolean(L, message_is(L, 1));
  return 1;
}

/* Pushes a function that makes messages of the class at `class`. */
static void push_maker(lua_State *L, lua_CFunction function, int class) {
  anchor_push(L, ANCHOR_COMMAND);
  anchor_push(L, ANCHOR_BODY);
  anchor_push(L, ANCHOR_ID);
  anchor_push(L, ANCHOR_CHANNEL);
  lua_pushvalue(L, class);
  lua_pushcclosure(L, function, UP_CLASS);
}

void message_class_open(lua_State *L) {
  lua_createtable(L, 0, 3); /* the metatable of messages */
  int class = lua_gettop(L);
  lua_createtable(L, 0, 1); /* the class */
  push_maker(L, m_respond, class);
  lua_setfield(L, -2, "respond");
  lua_createtable(L, 0, 1); /* the metatable of the class */
  push_maker(L, f_new, class);
  lua_setfield(L, -2, "__call");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, -4, "Message"); /* in core */
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "base.message");
  lua_setfield(L, -2, "__name");
  scripts_of(L)->message_class = lua_topointer(L, -1);
  anchor_set(L, ANCHOR_MESSAGE);
  lua_pushcfunction(L, f_is_message);
  lua_setfield(L, -2, "is_message");
}

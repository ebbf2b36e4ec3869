/*
** Messages: tables of the class base.Message, encoded to [command, body, id]
** for the wire. A message in Lua is a plain table, so that a script may read
** and change it; it is checked when it is sent.
*/
#include "lib/json.h"
#include "lua/json/json.h"
#include "lua/object/objects.h"
#include "model/connection.h"
#include "model/registry.h"

#include <string.h>

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

/* --- to the wire --- */

static void print_command(lua_State *L, int index, struct buffer *text) {
  size_t size;
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_error(L, "the command of a message must be a string, not %s",
               luaL_typename(L, index));
  const char *command = lua_tolstring(L, index, &size);
  if (size == 0 || size > MESSAGE_COMMAND_MAX)
    luaL_error(L, "the command of a message must have 1 to %d bytes",
               MESSAGE_COMMAND_MAX);
  if (!json_print_string(text, command, size) && !text->failed)
    luaL_error(L, "the command of a message is not valid UTF-8");
}

static void print_id(lua_State *L, int index, struct buffer *text) {
  if (!message_is_id(L, index))
    luaL_error(L,
               "the id of a message must be an integer or a string of at "
               "most %d bytes",
               MESSAGE_ID_MAX);
  json_encode(L, index, 1, text);
}

uint64_t message_hash_id(lua_State *L, int index) {
  uint64_t hash;
  if (lua_isinteger(L, index)) {
    hash = map_hash_id((uint64_t)lua_tointeger(L, index));
  } else {
    size_t size;
    const char *bytes = lua_tolstring(L, index, &size);
    hash = map_hash_bytes(bytes, size, scripts_of(L)->registry->seed);
  }
  return hash ? hash : 1;
}

/* Prints the envelope of the three values from `index` on. */
static struct message *encode_message(lua_State *L, int index,
                                      const char *call_id) {
  struct buffer *text = &scripts_of(L)->text;
  bool has_id = call_id || !lua_isnil(L, index + 2);
  bool has_body = has_id || !lua_isnoneornil(L, index + 1);
  buffer_clear(text);
  buffer_append(text, "[", 1);
  print_command(L, index, text);
  if (has_body) buffer_append(text, ",", 1);
  if (has_body && lua_isnil(L, index + 1))
    buffer_append_string(text, "null");
  else if (has_body)
    json_encode(L, index + 1, 1, text);
  if (has_id) buffer_append(text, ",", 1);
  if (call_id)
    buffer_append_string(text, call_id);
  else if (has_id)
    print_id(L, index + 2, text);
  buffer_append(text, "]", 1);
  struct message *message =
      text->failed ? NULL : message_new(MESSAGE_TEXT, text->bytes, text->size);
  text->failed = false;
  if (!message) {
    luaL_error(L, "out of memory");
    return NULL;
  }
  if (has_id && !call_id) message->answers = message_hash_id(L, index + 2);
  return message;
}

static void push_raw(lua_State *L, int index, enum anchor name) {
  anchor_push(L, name);
  lua_rawget(L, index);
}

static struct message *check_message(lua_State *L, int index, int *next,
                                     const char *call_id) {
  int top = lua_gettop(L);
  if (message_is(L, index)) {
    *next = index + 1;
    push_raw(L, index, ANCHOR_COMMAND);
    push_raw(L, index, ANCHOR_BODY);
    push_raw(L, index, ANCHOR_ID);
  } else if (lua_type(L, index) == LUA_TSTRING) {
    *next = index + 2;
    lua_pushvalue(L, index);
    if (index + 1 <= top)
      lua_pushvalue(L, index + 1);
    else
      lua_pushnil(L);
    lua_pushnil(L);
  } else {
    luaL_error(L, "a message or a command is expected, not %s",
               luaL_typename(L, index));
  }
  struct message *message = encode_message(L, top + 1, call_id);
  lua_settop(L, top);
  return message;
}

struct message *message_check(lua_State *L, int index, int *next) {
  int behind;
  return check_message(L, index, next ? next : &behind, NULL);
}

struct message *message_check_call(lua_State *L, int index, int *next,
                                   uint64_t ticket) {
  char id[32];
  lua_Integer number = (lua_Integer)ticket;
  lua_pushfstring(L, "\"$%I\"", (LUAI_UACINT)number);
  strncpy(id, lua_tostring(L, -1), sizeof id - 1);
  id[sizeof id - 1] = '\0';
  lua_pop(L, 1);
  return check_message(L, index, next, id);
}

void message_send_error(lua_State *L, struct connection *connection,
                        const char *code, const char *text, int id_index) {
  int id = id_index ? lua_absindex(L, id_index) : 0;
  lua_pushliteral(L, "error");
  lua_createtable(L, 0, 2);
  lua_pushstring(L, code);
  lua_setfield(L, -2, "code");
  lua_pushstring(L, text);
  lua_setfield(L, -2, "message");
  if (id)
    lua_pushvalue(L, id);
  else
    lua_pushnil(L);
  struct message *message = encode_message(L, lua_gettop(L) - 2, NULL);
  lua_pop(L, 3);
  connection_send(connection, message);
  message_unref(message);
}

/* --- the class --- */

/* Upvalues of the functions that make messages: the field names and the
   class. */
enum { UP_COMMAND = 1, UP_BODY, UP_ID, UP_CLASS };

/* Sets a field of the table at the top to the value at `index`. */
static void set_field(lua_State *L, int name, int index) {
  lua_pushvalue(L, lua_upvalueindex(name));
  lua_pushvalue(L, index);
  lua_rawset(L, -3);
}

/* Pushes a message of the values at these indices; `id` 0: it has none. */
static int push_message(lua_State *L, int command, int body, int id) {
  if (lua_type(L, command) != LUA_TSTRING)
    return luaL_error(L, "the command of a message must be a string, not %s",
                      luaL_typename(L, command));
  lua_createtable(L, 0, MESSAGE_FIELDS);
  set_field(L, UP_COMMAND, command);
  set_field(L, UP_BODY, body);
  if (id) set_field(L, UP_ID, id);
  lua_pushvalue(L, lua_upvalueindex(UP_CLASS));
  lua_setmetatable(L, -2);
  return 1;
}

/* base.Message(command, body) -> message */
static int f_new(lua_State *L) {
  lua_settop(L, 3);
  return push_message(L, 2, 3, 0);
}

/* message:respond(command, body) -> message, with the same id */
static int m_respond(lua_State *L) {
  lua_settop(L, 3);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushvalue(L, lua_upvalueindex(UP_ID));
  return push_message(L, 2, 3, lua_rawget(L, 1) == LUA_TNIL ? 0 : 4);
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

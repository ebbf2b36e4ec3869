/*
** Encodes messages for the wire: tables of the class base.Message, or a command
** and a body, to [command, body, id, channel].
*/
#include "lib/json.h"
#include "lua/json/json.h"
#include "lua/object/objects.h"
#include "model/channel_rule.h"
#include "model/connection.h"
#include "model/registry.h"

#include <string.h>

/* Where the values of a message lie on the stack; 0: it has none. */
struct parts {
  int command, body, id, channel;
  const char *call_id; /* in place of `id`: one of Base's own, printed */
  bool is_ours;        /* it is Base's own: the command may begin with $ */
};

static void print_command(lua_State *L, const struct parts *parts,
                          struct buffer *text) {
  size_t size;
  if (lua_type(L, parts->command) != LUA_TSTRING)
    luaL_error(L, "the command of a message must be a string, not %s",
               luaL_typename(L, parts->command));
  const char *command = lua_tolstring(L, parts->command, &size);
  if (size == 0 || size > MESSAGE_COMMAND_MAX)
    luaL_error(L, "the command of a message must have 1 to %d bytes",
               MESSAGE_COMMAND_MAX);
  if (command[0] == '$' && !parts->is_ours)
    luaL_error(L, "the commands that begin with $ are Base's");
  if (!json_print_string(text, command, size) && !text->failed)
    luaL_error(L, "the command of a message is not valid UTF-8");
}

static void print_channel(lua_State *L, int index, struct buffer *text) {
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_error(L, "the channel of a message must be a string, not %s",
               luaL_typename(L, index));
  if (!message_is_channel(L, index))
    luaL_error(L,
               "the channel of a message must have 1 to %d bytes of valid "
               "UTF-8, no control characters, and not begin with $",
               CHANNEL_NAME_MAX);
  buffer_append(text, ",", 1);
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

/* Prints the body; null where it is absent. */
static void print_body(lua_State *L, const struct parts *parts,
                       struct buffer *text) {
  buffer_append(text, ",", 1);
  if (parts->body)
    json_encode(L, parts->body, 1, text);
  else
    buffer_append_string(text, "null");
}

static void print_id(lua_State *L, const struct parts *parts,
                     struct buffer *text) {
  buffer_append(text, ",", 1);
  if (parts->call_id)
    buffer_append_string(text, parts->call_id);
  else if (!parts->id)
    buffer_append_string(text, "null");
  else if (message_is_id(L, parts->id))
    json_encode(L, parts->id, 1, text);
  else
    luaL_error(L,
               "the id of a message must be an integer or a string of at "
               "most %d bytes",
               MESSAGE_ID_MAX);
}

static void print_parts(lua_State *L, const struct parts *parts,
                        struct buffer *text) {
  bool has_id = parts->call_id || parts->id || parts->channel;
  buffer_clear(text);
  buffer_append(text, "[", 1);
  print_command(L, parts, text);
  if (parts->body || has_id) print_body(L, parts, text);
  if (has_id) print_id(L, parts, text);
  if (parts->channel) print_channel(L, parts->channel, text);
  buffer_append(text, "]", 1);
}

static struct message *encode_message(lua_State *L, const struct parts *parts) {
  struct buffer *text = &scripts_of(L)->text;
  print_parts(L, parts, text);
  struct message *message =
      text->failed ? NULL : message_new(MESSAGE_TEXT, text->bytes, text->size);
  text->failed = false;
  if (!message) {
    luaL_error(L, "out of memory");
    return NULL;
  }
  if (parts->id && !parts->call_id)
    message->answers = message_hash_id(L, parts->id);
  return message;
}

/* Pushes a field of the message at `index`, and returns its type. */
static int push_raw(lua_State *L, int index, enum anchor name) {
  anchor_push(L, name);
  return lua_rawget(L, index);
}

/* Pushes the parts of the message at `index` onto the stack, whose top is
   `top`. */
static struct parts push_parts(lua_State *L, int index, int top) {
  struct parts parts = {.command = top + 1};
  push_raw(L, index, ANCHOR_COMMAND);
  if (push_raw(L, index, ANCHOR_BODY) != LUA_TNIL) parts.body = top + 2;
  if (push_raw(L, index, ANCHOR_ID) != LUA_TNIL) parts.id = top + 3;
  if (push_raw(L, index, ANCHOR_CHANNEL) != LUA_TNIL) parts.channel = top + 4;
  return parts;
}

/* The same for a message at `index`, or (command, body) there. Raises for
   anything else. */
static struct parts check_parts(lua_State *L, int index, int top, int *next) {
  struct parts parts = {0};
  if (message_is(L, index)) {
    *next = index + 1;
    parts = push_parts(L, index, top);
  } else if (lua_type(L, index) == LUA_TSTRING) {
    *next = index + 2;
    parts.command = index;
    if (!lua_isnoneornil(L, index + 1)) parts.body = index + 1;
  } else {
    luaL_error(L, "a message or a command is expected, not %s",
               luaL_typename(L, index));
  }
  return parts;
}

static struct message *check_message(lua_State *L, int index, int *next,
                                     const char *call_id) {
  int top = lua_gettop(L);
  struct parts parts = check_parts(L, index, top, next);
  parts.call_id = call_id;
  struct message *message = encode_message(L, &parts);
  lua_settop(L, top);
  return message;
}

struct message *message_check(lua_State *L, int index, int *next) {
  int behind;
  return check_message(L, index, next ? next : &behind, NULL);
}

struct message *message_encode(lua_State *L, int index) {
  if (!message_is(L, index)) return NULL;
  int top = lua_gettop(L);
  struct parts parts = push_parts(L, index, top);
  struct message *message = encode_message(L, &parts);
  lua_settop(L, top);
  return message;
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

struct message *message_encode_reply(lua_State *L, int command, int body,
                                     int id, int channel) {
  struct parts parts = {.command = command,
                        .body = body,
                        .id = id,
                        .channel = channel,
                        .is_ours = true};
  return encode_message(L, &parts);
}

uint32_t message_print_core(lua_State *L, int index, int *next,
                            struct buffer *text) {
  int top = lua_gettop(L);
  struct parts parts = check_parts(L, index, top, next);
  buffer_clear(text);
  print_command(L, &parts, text);
  print_body(L, &parts, text);
  lua_settop(L, top);
  bool failed = text->failed;
  text->failed = false;
  if (failed) luaL_error(L, "out of memory");
  return (uint32_t)text->size;
}

void message_send_error(lua_State *L, struct connection *connection,
                        const char *code, const char *text,
                        struct reply_to to) {
  lua_pushliteral(L, "error");
  lua_createtable(L, 0, 2);
  lua_pushstring(L, code);
  lua_setfield(L, -2, "code");
  lua_pushstring(L, text);
  lua_setfield(L, -2, "message");
  int body = lua_gettop(L);
  struct message *message =
      message_encode_reply(L, body - 1, body, to.id, to.channel);
  lua_pop(L, 2);
  connection_send(connection, message);
  message_unref(message);
}

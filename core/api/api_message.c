/*
** Messages: [command, body, id] between the wire and a table of the class
** base.Message. A message in Lua is a plain table, so that a script may read
** and change it; what it says is checked when it is sent.
*/
#include "api/api_json.h"
#include "api/objects.h"
#include "model/connection.h"
#include "model/json.h"

#include <string.h>

enum { COMMAND_MAX = 128, ID_MAX = 64, FIELDS = 3 };

bool message_is(lua_State *L, int index) {
  if (!lua_istable(L, index) || !lua_getmetatable(L, index)) return false;
  bool same = lua_topointer(L, -1) == api_of(L)->message_class;
  lua_pop(L, 1);
  return same;
}

static bool is_id(lua_State *L, int index) {
  if (lua_isinteger(L, index)) return true;
  return lua_type(L, index) == LUA_TSTRING && lua_rawlen(L, index) <= ID_MAX;
}

/* --- from the wire --- */

/* Whether a comma (true) or the closing bracket (false) comes next; *at is NULL
   when it is neither. */
static bool has_more(const char **at, const char *end) {
  const char *place = json_skip_space(*at, end);
  *at = NULL;
  if (place == end || (*place != ',' && *place != ']')) return false;
  *at = place + 1;
  return *place == ',';
}

static const char *decode_command(lua_State *L, const char *at, const char *end,
                                  struct envelope *envelope) {
  const char *bytes;
  size_t size;
  at = json_skip_space(at, end);
  if (at == end || *at != '"') return NULL;
  at = json_scan_string(at, end, &api_of(L)->scratch, &bytes, &size);
  if (!at || size == 0 || size > COMMAND_MAX) return NULL;
  anchor_push(L, ANCHOR_COMMAND);
  envelope->command.bytes = lua_pushlstring(L, bytes, size);
  envelope->command.size = size;
  lua_rawset(L, -3);
  return at;
}

static const char *decode_id(lua_State *L, const char *at, const char *end,
                             struct envelope *envelope) {
  struct buffer *scratch = &api_of(L)->scratch;
  at = api_json_decode(L, json_skip_space(at, end), end, 1, scratch);
  if (!at) return NULL;
  if (lua_touserdata(L, -1) == NULL && lua_islightuserdata(L, -1)) {
    lua_pop(L, 1);
    return at;
  }
  if (!is_id(L, -1)) return NULL;
  anchor_push(L, ANCHOR_ID);
  lua_pushvalue(L, -2);
  lua_rawset(L, -4);
  envelope->has_id = true;
  return at;
}

/* Leaves the id above the message when there is one; on NULL the stack is
   anything. */
static const char *decode_parts(lua_State *L, const char *at, const char *end,
                                struct envelope *envelope) {
  at = json_skip_space(at, end);
  if (at == end || *at != '[') return NULL;
  at = decode_command(L, at + 1, end, envelope);
  if (!at) return NULL;
  bool more = has_more(&at, end);
  if (more) {
    anchor_push(L, ANCHOR_BODY);
    at = api_json_decode(L, at, end, 1, &api_of(L)->scratch);
    if (!at) return NULL;
    if (lua_islightuserdata(L, -1))
      lua_pop(L, 2);
    else
      lua_rawset(L, -3);
    more = has_more(&at, end);
  }
  if (more) {
    at = decode_id(L, at, end, envelope);
    if (!at) return NULL;
    more = has_more(&at, end);
  }
  if (more || !at) return NULL;
  at = json_skip_space(at, end);
  return at == end ? at : NULL;
}

/* An invalid message may still have an id that the answer can carry. */
static void find_id(lua_State *L, const char *bytes, size_t size,
                    struct envelope *envelope) {
  const char *end = bytes + size;
  const char *at = api_json_decode(L, bytes, end, 0, &api_of(L)->scratch);
  if (!at) {
    envelope->complaint = "not valid JSON";
    return;
  }
  envelope->complaint = "a message is [command, body, id]";
  if (json_skip_space(at, end) == end && lua_istable(L, -1)) {
    lua_rawgeti(L, -1, 3);
    envelope->has_id = is_id(L, -1);
    lua_replace(L, -2);
  }
  if (!envelope->has_id) lua_pop(L, 1);
}

struct envelope message_decode(lua_State *L, const char *bytes, size_t size) {
  struct envelope envelope = {0};
  int top = lua_gettop(L);
  lua_createtable(L, 0, FIELDS);
  envelope.is_valid = decode_parts(L, bytes, bytes + size, &envelope) != NULL;
  if (!envelope.is_valid) {
    lua_settop(L, top);
    envelope.has_id = false;
    find_id(L, bytes, size, &envelope);
    return envelope;
  }
  anchor_push(L, ANCHOR_MESSAGE);
  lua_setmetatable(L, top + 1);
  return envelope;
}

/* --- to the wire --- */

static void print_command(lua_State *L, int index, struct buffer *text) {
  size_t size;
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_error(L, "the command of a message must be a string, not %s",
               luaL_typename(L, index));
  const char *command = lua_tolstring(L, index, &size);
  if (size == 0 || size > COMMAND_MAX)
    luaL_error(L, "the command of a message must have 1 to %d bytes",
               COMMAND_MAX);
  if (!json_print_string(text, command, size) && !text->failed)
    luaL_error(L, "the command of a message is not valid UTF-8");
}

static void print_id(lua_State *L, int index, struct buffer *text) {
  if (!is_id(L, index))
    luaL_error(L,
               "the id of a message must be an integer or a string of at "
               "most %d bytes",
               ID_MAX);
  api_json_encode(L, index, 1, text);
}

/* Prints the envelope of the three values from `index` on. */
static struct message *encode(lua_State *L, int index, const char *question) {
  struct buffer *text = &api_of(L)->text;
  bool has_id = question || !lua_isnil(L, index + 2);
  bool has_body = has_id || !lua_isnoneornil(L, index + 1);
  buffer_clear(text);
  buffer_append(text, "[", 1);
  print_command(L, index, text);
  if (has_body) buffer_append(text, ",", 1);
  if (has_body && lua_isnil(L, index + 1))
    buffer_append_string(text, "null");
  else if (has_body)
    api_json_encode(L, index + 1, 1, text);
  if (has_id) buffer_append(text, ",", 1);
  if (question)
    buffer_append_string(text, question);
  else if (has_id)
    print_id(L, index + 2, text);
  buffer_append(text, "]", 1);
  struct message *message =
      text->failed ? NULL : message_new(MESSAGE_TEXT, text->bytes, text->size);
  text->failed = false;
  if (!message) luaL_error(L, "out of memory");
  return message;
}

static void push_raw(lua_State *L, int index, enum anchor name) {
  anchor_push(L, name);
  lua_rawget(L, index);
}

static struct message *check(lua_State *L, int index, int *next,
                             const char *question) {
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
  struct message *message = encode(L, top + 1, question);
  lua_settop(L, top);
  return message;
}

struct message *message_check(lua_State *L, int index, int *next) {
  int behind;
  return check(L, index, next ? next : &behind, NULL);
}

struct message *message_check_question(lua_State *L, int index, int *next,
                                       uint64_t ticket) {
  char id[32];
  lua_Integer number = (lua_Integer)ticket;
  lua_pushfstring(L, "\"$%I\"", (LUAI_UACINT)number);
  strncpy(id, lua_tostring(L, -1), sizeof id - 1);
  id[sizeof id - 1] = '\0';
  lua_pop(L, 1);
  return check(L, index, next, id);
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
  struct message *message = encode(L, lua_gettop(L) - 2, NULL);
  lua_pop(L, 3);
  connection_send(connection, message);
  message_unref(message);
}

/* --- the class --- */

/* What makes messages has the names of their fields and their class at hand. */
enum { UP_COMMAND = 1, UP_BODY, UP_ID, UP_CLASS };

/* Sets a field of the table at the top to the value at `index`. */
static void set_field(lua_State *L, int name, int index) {
  lua_pushvalue(L, lua_upvalueindex(name));
  lua_pushvalue(L, index);
  lua_rawset(L, -3);
}

/* Pushes a message of the values at these places; no id is 0. */
static int make(lua_State *L, int command, int body, int id) {
  if (lua_type(L, command) != LUA_TSTRING)
    return luaL_error(L, "the command of a message must be a string, not %s",
                      luaL_typename(L, command));
  lua_createtable(L, 0, FIELDS);
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
  return make(L, 2, 3, 0);
}

/* message:respond(command, body) -> message, with the same id */
static int m_respond(lua_State *L) {
  lua_settop(L, 3);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushvalue(L, lua_upvalueindex(UP_ID));
  return make(L, 2, 3, lua_rawget(L, 1) == LUA_TNIL ? 0 : 4);
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
  lua_createtable(L, 0, 3); /* of messages */
  int class = lua_gettop(L);
  lua_createtable(L, 0, 1); /* the class */
  push_maker(L, m_respond, class);
  lua_setfield(L, -2, "respond");
  lua_createtable(L, 0, 1); /* of the class */
  push_maker(L, f_new, class);
  lua_setfield(L, -2, "__call");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, -4, "Message"); /* in core */
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "base.message");
  lua_setfield(L, -2, "__name");
  api_of(L)->message_class = lua_topointer(L, -1);
  anchor_set(L, ANCHOR_MESSAGE);
  lua_pushcfunction(L, f_is_message);
  lua_setfield(L, -2, "is_message");
}

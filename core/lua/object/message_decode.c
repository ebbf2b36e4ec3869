/*
** Decodes messages from the wire: [command, body, id, channel] to a table of
** the class base.Message.
*/
#include "lib/allowance.h"
#include "lib/json.h"
#include "lua/json/json.h"
#include "lua/object/objects.h"
#include "model/channel_rule.h"

#include <math.h>

/* How long the decoding of one message may take, in nanoseconds of processor
   time: three times what the slowest honest messages, lists in lists, need, and
   short enough that other clients do not wait long. With sanitizers everything
   takes longer. */
#ifdef BASE_SANITIZE
enum { SLOWER = 3 };
#else
enum { SLOWER = 1 };
#endif
enum { MOST_FOR_ALL = 12000000 * SLOWER, MOST_FOR_A_BYTE = 250 * SLOWER };

static const char *message_refuse(struct json_text *text, const char *at) {
  text->refused_at = at;
  return NULL;
}

/* True if a comma comes next, false if the closing bracket does; *at becomes
   NULL if neither does. */
static bool has_more(const char **at, struct json_text *text) {
  const char *place = json_skip_space(*at, text->end);
  if (place == text->end || (*place != ',' && *place != ']')) {
    *at = message_refuse(text, place);
    return false;
  }
  *at = place + 1;
  return *place == ',';
}

static const char *decode_command(lua_State *L, const char *at,
                                  struct json_text *text,
                                  struct envelope *envelope) {
  const char *bytes;
  size_t size;
  at = json_skip_space(at, text->end);
  if (at == text->end || *at != '"') return NULL;
  at = json_scan_string(at, text->end, text->scratch, &bytes, &size);
  if (!at || size == 0 || size > MESSAGE_COMMAND_MAX) return NULL;
  anchor_push(L, ANCHOR_COMMAND);
  envelope->command.bytes = lua_pushlstring(L, bytes, size);
  envelope->command.size = size;
  lua_rawset(L, -3);
  return at;
}

static bool is_null(lua_State *L, int index) {
  return lua_islightuserdata(L, index) && !lua_touserdata(L, index);
}

static bool is_list(lua_State *L, int index) {
  if (!lua_istable(L, index) || !lua_getmetatable(L, index)) return false;
  lua_pop(L, 1);
  return true;
}

static const char *decode_body(lua_State *L, const char *at,
                               struct json_text *text,
                               struct envelope *envelope) {
  const char *first = json_skip_space(at, text->end);
  anchor_push(L, ANCHOR_BODY);
  at = json_decode(L, first, 1, text);
  if (!at) return NULL;
  envelope->body = (struct text){first, (size_t)(at - first)};
  if (is_null(L, -1))
    lua_pop(L, 2);
  else
    lua_rawset(L, -3);
  return at;
}

static const char *decode_id(lua_State *L, const char *at, int message,
                             struct json_text *text,
                             struct envelope *envelope) {
  const char *first = json_skip_space(at, text->end);
  at = json_decode(L, first, 1, text);
  if (!at) return NULL;
  if (is_null(L, -1)) {
    lua_pop(L, 1);
    return at;
  }
  envelope->id = (struct text){first, (size_t)(at - first)};
  if (!message_is_id(L, -1)) return NULL;
  anchor_push(L, ANCHOR_ID);
  lua_pushvalue(L, -2);
  lua_rawset(L, message);
  envelope->to.id = message + 1;
  return at;
}

/* `message` is where the message lies. */
static const char *decode_channel(lua_State *L, const char *at, int message,
                                  struct json_text *text,
                                  struct envelope *envelope) {
  at = json_decode(L, json_skip_space(at, text->end), 1, text);
  if (!at) return NULL;
  if (is_null(L, -1)) {
    lua_pop(L, 1);
    return at;
  }
  if (!message_is_channel(L, -1)) return NULL;
  envelope->channel.bytes = lua_tolstring(L, -1, &envelope->channel.size);
  anchor_push(L, ANCHOR_CHANNEL);
  lua_pushvalue(L, -2);
  lua_rawset(L, message);
  envelope->to.channel = lua_gettop(L);
  return at;
}

/* Leaves the id and the channel above the message if there are any. When it
   returns NULL, the stack is undefined. */
static const char *decode_parts(lua_State *L, const char *at,
                                struct json_text *text,
                                struct envelope *envelope) {
  const char *end = text->end;
  int message = lua_gettop(L);
  at = json_skip_space(at, end);
  if (at == end || *at != '[') return NULL;
  at = decode_command(L, at + 1, text, envelope);
  if (!at) return NULL;
  bool more = has_more(&at, text);
  if (more) {
    at = decode_body(L, at, text, envelope);
    if (!at) return NULL;
    more = has_more(&at, text);
  }
  if (more) {
    at = decode_id(L, at, message, text, envelope);
    if (!at) return NULL;
    more = has_more(&at, text);
  }
  if (more) {
    at = decode_channel(L, at, message, text, envelope);
    if (!at) return NULL;
    more = has_more(&at, text);
  }
  if (more || !at) return NULL;
  at = json_skip_space(at, end);
  return at == end ? at : message_refuse(text, at);
}

/* Describes a value of the envelope for the text "not %s". */
static const char *describe_value(lua_State *L, int index) {
  switch (lua_type(L, index)) {
  case LUA_TSTRING:
    return lua_pushfstring(L, "one of %I bytes",
                           (LUAI_UACINT)lua_rawlen(L, index));
  case LUA_TNUMBER:
    if (lua_isinteger(L, index)) return "an integer";
    return fabs(lua_tonumber(L, index)) >= 0x1p63 ? "a number beyond 64 bits"
                                                  : "a float";
  case LUA_TTABLE:
    return is_list(L, index) ? "an array" : "an object";
  case LUA_TBOOLEAN:
    return "a boolean";
  default:
    return "null";
  }
}

static bool is_command(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TSTRING && lua_rawlen(L, index) > 0 &&
         lua_rawlen(L, index) <= MESSAGE_COMMAND_MAX;
}

static const char *push_channel_complaint(lua_State *L, int index) {
  bool is_string = lua_type(L, index) == LUA_TSTRING;
  size_t size = is_string ? lua_rawlen(L, index) : 0;
  if (size == 0 || size > CHANNEL_NAME_MAX)
    return lua_pushfstring(L,
                           "the channel (4th element) must be a string of 1 "
                           "to %d bytes, not %s",
                           CHANNEL_NAME_MAX, describe_value(L, index));
  if (lua_tostring(L, index)[0] == '$')
    return lua_pushliteral(L,
                           "the channel (4th element) must not begin with $");
  return lua_pushliteral(
      L, "the channel (4th element) must not contain control characters");
}

/* Pushes why the value at `index` is not a message. */
static const char *push_complaint(lua_State *L, int index) {
  if (!is_list(L, index))
    return lua_pushfstring(
        L, "a message is a JSON array [command, body, id], not %s",
        lua_type(L, index) == LUA_TSTRING ? "a string"
                                          : describe_value(L, index));
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  if (count == 0)
    return lua_pushliteral(L, "the command (1st element) is missing");
  lua_rawgeti(L, index, 4);
  lua_rawgeti(L, index, 1);
  lua_rawgeti(L, index, 3);
  if (!is_command(L, -2))
    return lua_pushfstring(L,
                           "the command (1st element) must be a string of 1 "
                           "to %d bytes, not %s",
                           MESSAGE_COMMAND_MAX, describe_value(L, -2));
  if (count >= 3 && !is_null(L, -1) && !message_is_id(L, -1))
    return lua_pushfstring(L,
                           "the id (3rd element) must be an integer or a "
                           "string of at most %d bytes, not %s",
                           MESSAGE_ID_MAX, describe_value(L, -1));
  if (count >= 4 && !is_null(L, -3) && !message_is_channel(L, -3))
    return push_channel_complaint(L, lua_absindex(L, -3));
  return lua_pushfstring(L, "a message has at most 4 elements, not %I",
                         (LUAI_UACINT)count);
}

static const char *push_broken(lua_State *L, const char *bytes,
                               const struct json_text *text) {
  return lua_pushfstring(L, "not valid JSON at byte %I",
                         (LUAI_UACINT)(text->refused_at - bytes + 1));
}

/* Puts the id and the channel in the place of the list at the top, so far as
   they are good. */
static void keep_reply_to(lua_State *L, struct reply_to *to) {
  int list = lua_gettop(L);
  lua_rawgeti(L, list, 4);
  lua_rawgeti(L, list, 3);
  lua_replace(L, list);
  if (message_is_id(L, list)) to->id = list;
  if (message_is_channel(L, list + 1)) to->channel = list + 1;
}

/* Decodes an invalid message as any JSON, unless it was found not to be JSON:
   to say what is wrong, and because it may have an id and a channel for the
   answer. */
static void complain_of_message(lua_State *L, const char *bytes,
                                struct json_text *text,
                                struct envelope *envelope) {
  int value = lua_gettop(L) + 1;
  const char *at = NULL;
  if (!text->refused_at) at = json_decode(L, bytes, 0, text);
  if (at) at = text->refused_at = json_skip_space(at, text->end);
  if (at != text->end) {
    lua_settop(L, value - 1);
    envelope->complaint = push_broken(L, bytes, text);
    return;
  }
  envelope->complaint = push_complaint(L, value);
  lua_insert(L, value); /* below the decoded value */
  lua_settop(L, value + 1);
  if (is_list(L, value + 1)) keep_reply_to(L, &envelope->to);
}

struct envelope message_decode(lua_State *L, const char *bytes, size_t size) {
  struct envelope envelope = {0};
  struct allowance allowance = {.most = MOST_FOR_ALL + size * MOST_FOR_A_BYTE};
  struct json_text text = {.end = bytes + size,
                           .scratch = &scripts_of(L)->scratch,
                           .allowance = &allowance};
  int top = lua_gettop(L);
  lua_createtable(L, 0, MESSAGE_FIELDS);
  envelope.is_valid = decode_parts(L, bytes, &text, &envelope) != NULL;
  if (envelope.is_valid) {
    envelope.is_channel =
        envelope.channel.bytes || envelope.command.bytes[0] == '$';
    anchor_push(L, ANCHOR_MESSAGE);
    lua_setmetatable(L, top + 1);
    return envelope;
  }
  lua_settop(L, top);
  envelope.to = (struct reply_to){0};
  envelope.channel = (struct text){0};
  if (!allowance.is_used_up) complain_of_message(L, bytes, &text, &envelope);
  envelope.took_too_long = allowance.is_used_up;
  if (!envelope.took_too_long) return envelope;
  lua_settop(L, top);
  envelope.to = (struct reply_to){0};
  envelope.complaint = lua_pushliteral(L, "it took too long to decode");
  return envelope;
}

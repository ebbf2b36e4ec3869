/*
** Messages from the wire: [command, body, id] into a table of the class
** base.Message.
*/
#include "api/api_json.h"
#include "api/objects.h"
#include "model/allowance.h"
#include "model/json.h"

/* How long one message may take, in nanoseconds of the processor. The slowest
   of honest ones, lists in lists, need half of what each byte gives. */
enum { MOST_FOR_ALL = 20000000, MOST_FOR_A_BYTE = 350 };

/* Whether a comma (true) or the closing bracket (false) comes next; *at is NULL
   when it is neither. */
static bool has_more(const char **at, const char *end) {
  const char *place = json_skip_space(*at, end);
  *at = NULL;
  if (place == end || (*place != ',' && *place != ']')) return false;
  *at = place + 1;
  return *place == ',';
}

static const char *decode_command(lua_State *L, const char *at,
                                  struct api_json_text *text,
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

static const char *decode_body(lua_State *L, const char *at,
                               struct api_json_text *text,
                               struct envelope *envelope) {
  const char *first = json_skip_space(at, text->end);
  anchor_push(L, ANCHOR_BODY);
  at = api_json_decode(L, first, 1, text);
  if (!at) return NULL;
  envelope->body = (struct text){first, (size_t)(at - first)};
  if (is_null(L, -1))
    lua_pop(L, 2);
  else
    lua_rawset(L, -3);
  return at;
}

static const char *decode_id(lua_State *L, const char *at,
                             struct api_json_text *text,
                             struct envelope *envelope) {
  const char *first = json_skip_space(at, text->end);
  at = api_json_decode(L, first, 1, text);
  if (!at) return NULL;
  if (is_null(L, -1)) {
    lua_pop(L, 1);
    return at;
  }
  envelope->id = (struct text){first, (size_t)(at - first)};
  if (!message_is_id(L, -1)) return NULL;
  anchor_push(L, ANCHOR_ID);
  lua_pushvalue(L, -2);
  lua_rawset(L, -4);
  envelope->has_id = true;
  return at;
}

/* Leaves the id above the message when there is one; on NULL the stack is
   anything. */
static const char *decode_parts(lua_State *L, const char *at,
                                struct api_json_text *text,
                                struct envelope *envelope) {
  const char *end = text->end;
  at = json_skip_space(at, end);
  if (at == end || *at != '[') return NULL;
  at = decode_command(L, at + 1, text, envelope);
  if (!at) return NULL;
  bool more = has_more(&at, end);
  if (more) {
    at = decode_body(L, at, text, envelope);
    if (!at) return NULL;
    more = has_more(&at, end);
  }
  if (more) {
    at = decode_id(L, at, text, envelope);
    if (!at) return NULL;
    more = has_more(&at, end);
  }
  if (more || !at) return NULL;
  at = json_skip_space(at, end);
  return at == end ? at : NULL;
}

/* An invalid message may still have an id that the answer can carry. */
static void find_id(lua_State *L, const char *bytes, struct api_json_text *text,
                    struct envelope *envelope) {
  const char *at = api_json_decode(L, bytes, 0, text);
  if (!at) {
    envelope->complaint = "not valid JSON";
    return;
  }
  envelope->complaint = "a message is [command, body, id]";
  if (json_skip_space(at, text->end) == text->end && lua_istable(L, -1)) {
    lua_rawgeti(L, -1, 3);
    envelope->has_id = message_is_id(L, -1);
    lua_replace(L, -2);
  }
  if (!envelope->has_id) lua_pop(L, 1);
}

struct envelope message_decode(lua_State *L, const char *bytes, size_t size) {
  struct envelope envelope = {0};
  struct allowance allowance = {.most = MOST_FOR_ALL + size * MOST_FOR_A_BYTE};
  struct api_json_text text = {.end = bytes + size,
                               .scratch = &api_of(L)->scratch,
                               .allowance = &allowance};
  int top = lua_gettop(L);
  lua_createtable(L, 0, MESSAGE_FIELDS);
  envelope.is_valid = decode_parts(L, bytes, &text, &envelope) != NULL;
  if (envelope.is_valid) {
    anchor_push(L, ANCHOR_MESSAGE);
    lua_setmetatable(L, top + 1);
    return envelope;
  }
  lua_settop(L, top);
  envelope.has_id = false;
  if (!allowance.is_used_up) find_id(L, bytes, &text, &envelope);
  envelope.took_too_long = allowance.is_used_up;
  return envelope;
}

/*
** From the bytes of a text straight onto the stack.
*/
#include "api/api_json.h"
#include "api/api_json_parts.h"

#include "model/json.h"

#include <lauxlib.h>

/* The size with which a table begins, unless it stays empty: most are no
   larger, and those that are grow by doubling. */
enum { FIRST_SIZE = 4 };

struct decoder {
  lua_State *L;
  const char *end;
  struct buffer *scratch;
  const char *refused_at; /* the value or sign that was not taken */
};

static const char *decode_value(struct decoder *decoder, const char *at,
                                int depth);

static const char *refuse(struct decoder *decoder, const char *at) {
  decoder->refused_at = at;
  return NULL;
}

static const char *skip_space(const struct decoder *decoder, const char *at) {
  if (at < decoder->end && (unsigned char)*at > ' ') return at;
  return json_skip_space(at, decoder->end);
}

static bool is_next(const struct decoder *decoder, const char *at, char sign) {
  return at < decoder->end && *at == sign;
}

static const char *decode_string(struct decoder *decoder, const char *at) {
  const char *bytes;
  size_t size;
  const char *behind =
      json_scan_string(at, decoder->end, decoder->scratch, &bytes, &size);
  if (!behind) return refuse(decoder, at);
  lua_pushlstring(decoder->L, bytes, size);
  return behind;
}

static const char *decode_number(struct decoder *decoder, const char *at) {
  struct json_number number;
  const char *behind = json_scan_number(at, decoder->end, &number);
  if (!behind) return refuse(decoder, at);
  if (number.is_integer)
    lua_pushinteger(decoder->L, number.integer);
  else
    lua_pushnumber(decoder->L, number.real);
  return behind;
}

static const char *decode_word(struct decoder *decoder, const char *at,
                               const char *word) {
  const char *behind = json_scan_word(at, decoder->end, word);
  if (!behind) return refuse(decoder, at);
  if (*word == 'n')
    lua_pushlightuserdata(decoder->L, NULL);
  else
    lua_pushboolean(decoder->L, *word == 't');
  return behind;
}

static const char *decode_list(struct decoder *decoder, const char *at,
                               int depth) {
  lua_State *L = decoder->L;
  at = skip_space(decoder, at + 1);
  bool is_empty = is_next(decoder, at, ']');
  lua_createtable(L, is_empty ? 0 : FIRST_SIZE, 0);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &api_json_array_mt);
  lua_setmetatable(L, -2);
  if (is_empty) return at + 1;
  for (lua_Integer position = 1;; position++, at++) {
    at = decode_value(decoder, at, depth);
    if (!at) return NULL;
    lua_rawseti(L, -2, position);
    at = skip_space(decoder, at);
    if (!is_next(decoder, at, ',')) break;
  }
  return is_next(decoder, at, ']') ? at + 1 : refuse(decoder, at);
}

/* Decodes `"key": value` onto two slots. */
static const char *decode_pair(struct decoder *decoder, const char *at,
                               int depth) {
  at = skip_space(decoder, at);
  if (!is_next(decoder, at, '"')) return refuse(decoder, at);
  at = decode_string(decoder, at);
  if (!at) return NULL;
  at = skip_space(decoder, at);
  if (!is_next(decoder, at, ':')) return refuse(decoder, at);
  return decode_value(decoder, at + 1, depth);
}

static const char *decode_map(struct decoder *decoder, const char *at,
                              int depth) {
  lua_State *L = decoder->L;
  at = skip_space(decoder, at + 1);
  bool is_empty = is_next(decoder, at, '}');
  lua_createtable(L, 0, is_empty ? 0 : FIRST_SIZE);
  if (is_empty) return at + 1;
  for (;; at++) {
    at = decode_pair(decoder, at, depth);
    if (!at) return NULL;
    lua_rawset(L, -3);
    at = skip_space(decoder, at);
    if (!is_next(decoder, at, ',')) break;
  }
  return is_next(decoder, at, '}') ? at + 1 : refuse(decoder, at);
}

static const char *decode_value(struct decoder *decoder, const char *at,
                                int depth) {
  at = skip_space(decoder, at);
  if (at == decoder->end) return refuse(decoder, at);
  switch (*at) {
  case '"':
    return decode_string(decoder, at);
  case 't':
    return decode_word(decoder, at, "true");
  case 'f':
    return decode_word(decoder, at, "false");
  case 'n':
    return decode_word(decoder, at, "null");
  case '[':
  case '{':
    if (depth >= JSON_MAX_DEPTH) return refuse(decoder, at);
    luaL_checkstack(decoder->L, API_JSON_SLOTS, NULL);
    return *at == '[' ? decode_list(decoder, at, depth + 1)
                      : decode_map(decoder, at, depth + 1);
  default:
    return decode_number(decoder, at);
  }
}

const char *api_json_decode_or_tell(lua_State *L, const char *at,
                                    const char *end, int depth,
                                    struct buffer *scratch,
                                    const char **refused_at) {
  int top = lua_gettop(L);
  struct decoder decoder = {.L = L, .end = end, .scratch = scratch};
  luaL_checkstack(L, API_JSON_SLOTS, NULL);
  scratch->failed = false;
  at = decode_value(&decoder, at, depth);
  *refused_at = decoder.refused_at;
  if (at) return at;
  if (scratch->failed) luaL_error(L, "not enough memory");
  lua_settop(L, top);
  return NULL;
}

const char *api_json_decode(lua_State *L, const char *at, const char *end,
                            int depth, struct buffer *scratch) {
  const char *refused_at;
  return api_json_decode_or_tell(L, at, end, depth, scratch, &refused_at);
}

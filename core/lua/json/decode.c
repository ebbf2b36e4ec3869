/*
** Decodes the bytes of a text straight onto the stack.
*/
#include "lib/allowance.h"
#include "lib/json.h"
#include "lua/json/json.h"
#include "lua/json/parts.h"
#include "lua/vm/vm.h"

#include <lauxlib.h>

/* A table is made when this many of its values lie on the stack, or all of
   them. Most tables have no more values, so they get the size that they
   need. */
enum { COLLECTED_MAX = 16, DECODER_SLOTS = JSON_SLOTS + 2 * COLLECTED_MAX };

/* After this many values the decoder checks how long it has taken. */
enum { VALUES_UNSEEN = 32 };

struct decoder {
  lua_State *L;
  const char *end;
  struct buffer *scratch;
  struct json_text *text;
  int unseen; /* values until the next check */
};

static const char *decode_value(struct decoder *decoder, const char *at,
                                int depth);

static const char *decode_refuse(struct decoder *decoder, const char *at) {
  decoder->text->refused_at = at;
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
  if (!behind) return decode_refuse(decoder, at);
  lua_pushlstring(decoder->L, bytes, size);
  return behind;
}

static const char *decode_number(struct decoder *decoder, const char *at) {
  struct json_number number;
  const char *behind = json_scan_number(at, decoder->end, &number);
  if (!behind) return decode_refuse(decoder, at);
  if (number.is_integer)
    lua_pushinteger(decoder->L, number.integer);
  else
    lua_pushnumber(decoder->L, number.real);
  return behind;
}

static const char *decode_word(struct decoder *decoder, const char *at,
                               const char *word) {
  const char *behind = json_scan_word(at, decoder->end, word);
  if (!behind) return decode_refuse(decoder, at);
  if (*word == 'n')
    lua_pushlightuserdata(decoder->L, NULL);
  else
    lua_pushboolean(decoder->L, *word == 't');
  return behind;
}

/* Moves the values above the place of a list into it. */
static void fill_list(lua_State *L, int list, int count) {
  lua_createtable(L, count < COLLECTED_MAX ? count : 2 * count, 0);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &json_array_mt);
  lua_setmetatable(L, -2);
  lua_replace(L, list);
  for (lua_Integer position = count; position > 0; position--) {
    lua_rawseti(L, list, position);
  }
}

static const char *decode_list(struct decoder *decoder, const char *at,
                               int depth) {
  lua_State *L = decoder->L;
  lua_pushnil(L); /* its place */
  int list = lua_gettop(L);
  int count = 0;
  at = skip_space(decoder, at + 1);
  for (bool is_empty = is_next(decoder, at, ']'); !is_empty; at++) {
    at = decode_value(decoder, at, depth);
    if (!at) return NULL;
    count++;
    if (count == COLLECTED_MAX)
      fill_list(L, list, count);
    else if (count > COLLECTED_MAX)
      lua_rawseti(L, list, count);
    at = skip_space(decoder, at);
    if (!is_next(decoder, at, ',')) break;
  }
  if (count < COLLECTED_MAX) fill_list(L, list, count);
  return is_next(decoder, at, ']') ? at + 1 : decode_refuse(decoder, at);
}

/* Decodes `"key": value` onto two slots. */
static const char *decode_pair(struct decoder *decoder, const char *at,
                               int depth) {
  at = skip_space(decoder, at);
  if (!is_next(decoder, at, '"')) return decode_refuse(decoder, at);
  at = decode_string(decoder, at);
  if (!at) return NULL;
  at = skip_space(decoder, at);
  if (!is_next(decoder, at, ':')) return decode_refuse(decoder, at);
  return decode_value(decoder, at + 1, depth);
}

/* Moves the pairs above the place of a map into it, the first one first: of
   equal keys the last counts. */
static void fill_map(lua_State *L, int map, int count) {
  lua_createtable(L, 0, count < COLLECTED_MAX ? count : 2 * count);
  lua_replace(L, map);
  for (int key = map + 1; key < map + 2 * count; key += 2) {
    lua_pushvalue(L, key);
    lua_pushvalue(L, key + 1);
    lua_rawset(L, map);
  }
  lua_settop(L, map);
}

static const char *decode_map(struct decoder *decoder, const char *at,
                              int depth) {
  lua_State *L = decoder->L;
  lua_pushnil(L); /* its place */
  int map = lua_gettop(L);
  int count = 0;
  at = skip_space(decoder, at + 1);
  for (bool is_empty = is_next(decoder, at, '}'); !is_empty; at++) {
    at = decode_pair(decoder, at, depth);
    if (!at) return NULL;
    count++;
    if (count == COLLECTED_MAX)
      fill_map(L, map, count);
    else if (count > COLLECTED_MAX)
      lua_rawset(L, map);
    at = skip_space(decoder, at);
    if (!is_next(decoder, at, ',')) break;
  }
  if (count < COLLECTED_MAX) fill_map(L, map, count);
  return is_next(decoder, at, '}') ? at + 1 : decode_refuse(decoder, at);
}

/* Whether decoding may go on. A key or string that collides in Lua's hash takes
   time in proportion to those before it, so many of them would take far too
   long. */
static bool looks_good(struct decoder *decoder) {
  struct allowance *allowance = decoder->text->allowance;
  decoder->unseen = VALUES_UNSEEN;
  if (allowance) return !allowance_look(allowance);
  run_look(decoder->L, &scripts_of(decoder->L)->run);
  return true;
}

static const char *decode_value(struct decoder *decoder, const char *at,
                                int depth) {
  at = skip_space(decoder, at);
  if (at == decoder->end) return decode_refuse(decoder, at);
  if (--decoder->unseen == 0 && !looks_good(decoder))
    return decode_refuse(decoder, at);
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
    if (depth >= JSON_MAX_DEPTH) return decode_refuse(decoder, at);
    luaL_checkstack(decoder->L, DECODER_SLOTS, NULL);
    return *at == '[' ? decode_list(decoder, at, depth + 1)
                      : decode_map(decoder, at, depth + 1);
  default:
    return decode_number(decoder, at);
  }
}

const char *json_decode(lua_State *L, const char *at, int depth,
                        struct json_text *text) {
  int top = lua_gettop(L);
  struct decoder decoder = {.L = L,
                            .end = text->end,
                            .scratch = text->scratch,
                            .text = text,
                            .unseen = VALUES_UNSEEN};
  luaL_checkstack(L, DECODER_SLOTS, NULL);
  text->scratch->failed = false;
  at = decode_value(&decoder, at, depth);
  if (at) return at;
  if (text->scratch->failed) luaL_error(L, "not enough memory");
  lua_settop(L, top);
  return NULL;
}

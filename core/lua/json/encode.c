/*
** Encodes values from the stack straight into a buffer.
*/
#include "lua/json/json.h"
#include "lua/json/keys.h"
#include "lua/json/parts.h"
#include "lua/vm/vm.h"

#include "lib/json.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct encoder {
  lua_State *L;
  struct buffer *buffer;
  const char *root; /* what an error calls the outermost value */
  const struct run *run;

  /* The metatables of lists; NULL until a table with a metatable is met. */
  const void *array_mt;
  const void *guard_mt;
};

/* One list or map around the current value, for the path in errors. */
struct place {
  const struct place *around;
  int key;              /* in a map: where the key lies on the stack, else 0 */
  lua_Integer position; /* in a list */
};

static void encode_value(struct encoder *encoder, int index, int depth,
                         const struct place *place);

/* Writes a path such as body.items[3] and returns its size. If it does not fit,
   it ends with three dots, and 0 is returned. */
static size_t write_path(const struct encoder *encoder,
                         const struct place *place, char *path, size_t room) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  if (!place) return (size_t)snprintf(path, room, "%s", encoder->root);
  size_t size = write_path(encoder, place->around, path, room);
  if (!size) return 0;

  const char *key = place->key ? lua_tostring(encoder->L, place->key) : NULL;
  const char *form = "[\"%s\"]";
  if (key && *key && strspn(key, letters) == strlen(key)) form = ".%s";
  int added = key ? snprintf(path + size, room - size, form, key)
                  : snprintf(path + size, room - size, "[%lld]",
                             (long long)place->position);
  if (added >= 0 && (size_t)added + sizeof "..." <= room - size)
    return size + (size_t)added;
  snprintf(path + size, room - size, "...");
  return 0;
}

/* Raises with the path to the current value and what is wrong with it, or that
   memory ran out. */
static void encode_fail(const struct encoder *encoder,
                        const struct place *place, const char *wrong) {
  char path[160];
  if (encoder->buffer->failed) wrong = "not enough memory";
  write_path(encoder, place, path, sizeof path);
  luaL_error(encoder->L, "%s: %s", path, wrong);
}

static void encode_fail_type(const struct encoder *encoder, int index,
                             const struct place *place) {
  lua_State *L = encoder->L;
  const char *class = "";
  if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
    class = lua_tostring(L, -1);
  if (strcmp(class, "base.user") == 0)
    encode_fail(encoder, place,
                "a user cannot be sent: send the fields that you mean");
  if (strcmp(class, "base.connection") == 0)
    encode_fail(encoder, place,
                "a connection cannot be sent: send the fields that you mean");
  encode_fail(encoder, place,
              lua_pushfstring(L, "JSON has no %s", luaL_typename(L, index)));
}

/* Raises with the key that makes the table neither a list nor a map. */
static void encode_fail_key(const struct encoder *encoder, int key,
                            const struct place *place) {
  lua_State *L = encoder->L;
  const char *text = luaL_typename(L, key);
  if (lua_type(L, key) == LUA_TSTRING)
    text = lua_pushfstring(L, "\"%s\"", lua_tostring(L, key));
  if (lua_type(L, key) == LUA_TNUMBER) {
    lua_pushvalue(L, key);
    text = lua_tostring(L, -1);
  }
  encode_fail(encoder, place,
              lua_pushfstring(L,
                              "neither a list (the keys 1 to n) nor a map "
                              "(string keys): see the key %s",
                              text));
}

/* A small value can have a text without end: a long string a thousand times in
   a list, a table twice in another one, and that twice in the next. No hook can
   end the encoder, so it checks the limits itself. */
static void check_limits(const struct encoder *encoder,
                         const struct place *place) {
  const struct run *run = encoder->run;
  if (encoder->buffer->failed) encode_fail(encoder, place, NULL);
  if (!run->innermost) return;
  run_look(encoder->L, run);
  if (encoder->buffer->size > run->memory.most_of_run)
    encode_fail(encoder, place, "too large (limits.run_memory)");
}

/* As buffer_append, but without a call where there is room. */
static void append_sign(const struct encoder *encoder, char sign) {
  struct buffer *buffer = encoder->buffer;
  if (buffer->size < buffer->capacity)
    buffer->bytes[buffer->size++] = sign;
  else
    buffer_append(buffer, &sign, 1);
}

static void append_string(const struct encoder *encoder, const char *bytes,
                          size_t size, const struct place *place) {
  if (!json_print_string(encoder->buffer, bytes, size))
    encode_fail(encoder, place, "a string that is not valid UTF-8");
}

static void encode_string(const struct encoder *encoder, int index,
                          const struct place *place) {
  size_t size;
  const char *bytes = lua_tolstring(encoder->L, index, &size);
  append_string(encoder, bytes, size, place);
}

static void encode_number(const struct encoder *encoder, int index,
                          const struct place *place) {
  lua_State *L = encoder->L;
  if (lua_isinteger(L, index)) {
    json_print_integer(encoder->buffer, lua_tointeger(L, index));
    return;
  }
  double real = lua_tonumber(L, index);
  if (!json_print_double(encoder->buffer, real))
    encode_fail(encoder, place,
                isnan(real) ? "JSON has no NaN" : "JSON has no infinity");
}

/* Counts the keys of the table; raises if one is not an integer. */
static lua_Integer count_keys(const struct encoder *encoder, int table,
                              const struct place *place) {
  lua_State *L = encoder->L;
  lua_Integer count = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    if (!lua_isinteger(L, -2))
      encode_fail_key(encoder, lua_gettop(L) - 1, place);
    check_limits(encoder, place);
    count++;
  }
  return count;
}

/* Encodes the rest of a list whose keys lua_next does not give in order. If
   there are n integer keys and none of 1 to n is missing, it is a list. */
static void encode_unordered(struct encoder *encoder, int table, int depth,
                             struct place *place) {
  lua_State *L = encoder->L;
  lua_Integer count = count_keys(encoder, table, place->around);
  while (place->position < count) {
    if (place->position++) append_sign(encoder, ',');
    if (lua_rawgeti(L, table, place->position) == LUA_TNIL)
      encode_fail(encoder, place->around,
                  lua_pushfstring(L, "a list with a hole: it has no element %I",
                                  (LUAI_UACINT)place->position));
    check_limits(encoder, place->around);
    encode_value(encoder, lua_gettop(L), depth, place);
    lua_pop(L, 1);
  }
}

/* The list's first key and value lie on the stack, and are popped. */
static void encode_list(struct encoder *encoder, int table, int depth,
                        const struct place *around) {
  lua_State *L = encoder->L;
  struct place place = {.around = around};
  int key = lua_gettop(L) - 1;
  append_sign(encoder, '[');
  do {
    if (!lua_isinteger(L, key) || lua_tointeger(L, key) != place.position + 1) {
      lua_settop(L, key - 1);
      encode_unordered(encoder, table, depth, &place);
      break;
    }
    if (place.position++) append_sign(encoder, ',');
    check_limits(encoder, around);
    encode_value(encoder, key + 1, depth, &place);
    lua_settop(L, key);
  } while (lua_next(L, table));
  append_sign(encoder, ']');
}

/* Prints a key and its value, which lies on the stack behind it. */
static void encode_pair(struct encoder *encoder, const struct key *key,
                        int depth, const struct place *around) {
  struct place place = {.around = around, .key = key->place};
  check_limits(encoder, around);
  append_string(encoder, key->bytes, key->size, around);
  append_sign(encoder, ':');
  encode_value(encoder, key->place + 1, depth, &place);
}

/* Encodes a map of many keys, none of which is on the stack. A table with weak
   values may lose some of them meanwhile. */
static void encode_many(struct encoder *encoder, int table, int depth,
                        const struct place *around) {
  lua_State *L = encoder->L;
  size_t count;
  const struct key *keys = keys_push_all(L, table, &count);
  if (!keys) encode_fail_key(encoder, lua_gettop(L), around);
  int row = lua_gettop(L);
  bool is_first = true;
  for (size_t i = 0; i < count; i++) {
    struct key key = keys[i];
    keys_push(L, row, &key);
    key.place = row + 1;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, table) != LUA_TNIL) {
      if (!is_first) append_sign(encoder, ',');
      is_first = false;
      encode_pair(encoder, &key, depth, around);
    }
    lua_settop(L, row);
  }
}

/* The map's first key and value lie on the stack, and are popped. The pairs of
   a small map stay on the stack until they are printed. */
static void encode_map(struct encoder *encoder, int table, int depth,
                       const struct place *around) {
  lua_State *L = encoder->L;
  struct key keys[KEYS_FEW];
  size_t count = 0;
  int first = lua_gettop(L) - 1;
  int next = first;
  append_sign(encoder, '{');
  luaL_checkstack(L, 2 * KEYS_FEW, NULL);
  do {
    if (lua_type(L, next) != LUA_TSTRING)
      encode_fail_key(encoder, next, around);
    if (count == KEYS_FEW) {
      lua_settop(L, first - 1);
      encode_many(encoder, table, depth, around);
      count = 0;
      break;
    }
    keys_insert(keys, count++, key_at(L, next));
    lua_pushvalue(L, next);
    next += 2;
  } while (lua_next(L, table));
  for (size_t i = 0; i < count; i++) {
    if (i > 0) append_sign(encoder, ',');
    encode_pair(encoder, &keys[i], depth, around);
  }
  lua_settop(L, first - 1);
  append_sign(encoder, '}');
}

static bool has_list_metatable(struct encoder *encoder, int table) {
  lua_State *L = encoder->L;
  if (!lua_getmetatable(L, table)) return false;
  const void *metatable = lua_topointer(L, -1);
  if (!encoder->array_mt) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &json_array_mt);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &json_guard_mt);
    encoder->array_mt = lua_topointer(L, -2);
    encoder->guard_mt = lua_topointer(L, -1);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
  return metatable == encoder->array_mt || metatable == encoder->guard_mt;
}

static void encode_table(struct encoder *encoder, int table, int depth,
                         const struct place *place) {
  lua_State *L = encoder->L;
  if (depth >= JSON_MAX_DEPTH)
    encode_fail(encoder, place,
                lua_pushfstring(L, "nested deeper than %d: is there a cycle?",
                                JSON_MAX_DEPTH));
  luaL_checkstack(L, JSON_SLOTS, NULL);
  check_limits(encoder, place);
  bool is_list = has_list_metatable(encoder, table);
  lua_pushnil(L);
  if (!lua_next(L, table))
    buffer_append(encoder->buffer, is_list ? "[]" : "{}", 2);
  else if (is_list || lua_isinteger(L, -2))
    encode_list(encoder, table, depth + 1, place);
  else
    encode_map(encoder, table, depth + 1, place);
}

static void encode_value(struct encoder *encoder, int index, int depth,
                         const struct place *place) {
  lua_State *L = encoder->L;
  switch (lua_type(L, index)) {
  case LUA_TSTRING:
    encode_string(encoder, index, place);
    return;
  case LUA_TNUMBER:
    encode_number(encoder, index, place);
    return;
  case LUA_TTABLE:
    encode_table(encoder, index, depth, place);
    return;
  case LUA_TBOOLEAN:
    buffer_append_string(encoder->buffer,
                         lua_toboolean(L, index) ? "true" : "false");
    return;
  case LUA_TLIGHTUSERDATA:
    if (lua_touserdata(L, index)) break;
    /* fallthrough */
  case LUA_TNIL:
    buffer_append(encoder->buffer, "null", 4);
    return;
  default:
    break;
  }
  encode_fail_type(encoder, index, place);
}

void json_encode(lua_State *L, int index, int depth, struct buffer *buffer) {
  struct encoder encoder = {.L = L,
                            .buffer = buffer,
                            .root = depth ? "body" : "value",
                            .run = &scripts_of(L)->run};
  encode_value(&encoder, lua_absindex(L, index), depth, NULL);
  if (buffer->failed) luaL_error(L, "not enough memory");
}

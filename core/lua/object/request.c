/*
** Makes tables of the head of a request. Each takes time in proportion to the
** head: the values of several fields or pairs of one name are collected first
** and joined once.
*/
#include "lib/ascii.h"
#include "lib/percent.h"
#include "lua/json/json.h"
#include "lua/object/objects.h"
#include "model/head.h"

#include <string.h>

static void push_text(lua_State *L, struct text text) {
  lua_pushlstring(L, text.bytes, text.size);
}

static void push_lower(lua_State *L, struct text text) {
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, text.size);
  for (size_t i = 0; i < text.size; i++)
    out[i] = ascii_lower(text.bytes[i]);
  luaL_pushresultsize(&buffer, text.size);
}

/* --- percent-encoding --- */

/* Pushes the decoded text; an invalid escape stays as it is. */
static void push_decoded(lua_State *L, struct text text, bool plus_is_space) {
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, text.size);
  size_t size = 0;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.bytes[i];
    int byte = percent_byte(text_skip(text, i));
    if (byte >= 0) {
      c = (char)byte;
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    out[size++] = c;
  }
  luaL_pushresultsize(&buffer, size);
}

/* --- pairs --- */

struct pair {
  struct text name;
  struct text value; /* empty if there is no '=' */
};

/* Takes "name=value" off the front of `rest`, up to the separator; empty pieces
   are skipped. False at the end. */
static bool take_pair(struct text *rest, char separator, struct pair *pair) {
  struct text piece = {"", 0};
  while (piece.size == 0) {
    if (rest->size == 0) return false;
    const char *stop = memchr(rest->bytes, separator, rest->size);
    size_t size = stop ? (size_t)(stop - rest->bytes) : rest->size;
    size_t used = stop ? size + 1 : size;
    piece = text_trim((struct text){rest->bytes, size});
    *rest = (struct text){rest->bytes + used, rest->size - used};
  }
  const char *equals = memchr(piece.bytes, '=', piece.size);
  size_t size = equals ? (size_t)(equals - piece.bytes) : piece.size;
  size_t used = equals ? size + 1 : size;
  pair->name = (struct text){piece.bytes, size};
  pair->value = (struct text){piece.bytes + used, piece.size - used};
  return true;
}

/* Appends the value at the top to the list that the table at `lists` has under
   the name below that value. Both stay on the stack. */
static void add_to_list(lua_State *L, int lists) {
  lua_pushvalue(L, -2);
  if (lua_rawget(L, lists) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_createtable(L, 1, 0);
    json_mark_list(L);
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -2);
    lua_rawset(L, lists);
  }
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

/* Pushes two tables: name -> last value, and name -> list of all values. */
static void push_query(lua_State *L, struct text query) {
  struct pair pair;
  lua_newtable(L);
  lua_newtable(L);
  int lists = lua_gettop(L);
  while (take_pair(&query, '&', &pair)) {
    push_decoded(L, pair.name, true);
    push_decoded(L, pair.value, true);
    add_to_list(L, lists);
    lua_rawset(L, lists - 1);
  }
}

static struct text without_quotes(struct text value) {
  bool is_quoted = value.size >= 2 && value.bytes[0] == '"' &&
                   value.bytes[value.size - 1] == '"';
  if (!is_quoted) return value;
  return (struct text){value.bytes + 1, value.size - 2};
}

/* Adds the cookies of one field to the table at the top. They are read as most
   applications read them, since both must see the same user: a name is not
   decoded (a decoded one could pretend to be "__Host-…", which browsers
   protect), and of equal names the first counts, whose path is the longest. */
static void add_cookies(lua_State *L, struct text field) {
  struct pair pair;
  while (take_pair(&field, ';', &pair)) {
    struct text name = text_trim(pair.name);
    if (name.size == 0) continue;
    push_text(L, name);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL) {
      lua_pop(L, 2);
      continue;
    }
    lua_pop(L, 1);
    push_decoded(L, without_quotes(text_trim(pair.value)), false);
    lua_rawset(L, -3);
  }
}

static bool is_cookie(struct text name) {
  return text_equals_nocase(name, text_of("cookie"));
}

static void push_cookies(lua_State *L, const struct head *head) {
  size_t cursor = 0;
  struct text name, value;
  lua_newtable(L);
  while (head_next(head, &cursor, &name, &value)) {
    if (is_cookie(name)) add_cookies(L, value);
  }
}

/* --- fields --- */

/* Adds one more value to a header: the name at the top, which is popped, has a
   value, or a list of values, in the table below. */
static void add_value(lua_State *L, struct text value) {
  lua_pushvalue(L, -1);
  int kind = lua_rawget(L, -3);
  if (kind == LUA_TSTRING) {
    lua_createtable(L, 2, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
  }
  push_text(L, value);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_rawset(L, -3);
}

/* Replaces the list at the top by its strings, joined. */
static void join_values(lua_State *L, const char *separator) {
  luaL_Buffer buffer;
  int list = lua_gettop(L);
  lua_Integer count = (lua_Integer)lua_rawlen(L, list);
  luaL_buffinit(L, &buffer);
  for (lua_Integer i = 1; i <= count; i++) {
    if (i > 1) luaL_addstring(&buffer, separator);
    lua_rawgeti(L, list, i);
    luaL_addvalue(&buffer);
  }
  luaL_pushresult(&buffer);
  lua_replace(L, list);
}

static void join_all_values(lua_State *L) {
  for (lua_pushnil(L); lua_next(L, -2);) {
    if (lua_istable(L, -1)) {
      size_t size;
      const char *bytes = lua_tolstring(L, -2, &size);
      join_values(L, is_cookie((struct text){bytes, size}) ? "; " : ", ");
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, -4);
    } else {
      lua_pop(L, 1);
    }
  }
}

/* Pushes the headers. Fields of one name, whatever its case, are joined, as RFC
   9110 section 5.3 says; cookies with their own separator. */
static void push_head_fields(lua_State *L, const struct head *head) {
  size_t cursor = 0;
  struct text name, value;
  bool has_several = false;
  lua_newtable(L);
  while (head_next(head, &cursor, &name, &value)) {
    push_lower(L, name);
    lua_pushvalue(L, -1);
    bool is_new = lua_rawget(L, -3) == LUA_TNIL;
    lua_pop(L, 1);
    if (is_new) {
      push_text(L, value);
      lua_rawset(L, -3);
    } else {
      add_value(L, value);
      has_several = true;
    }
  }
  if (has_several) join_all_values(L);
}

/* --- the whole --- */

void request_push(lua_State *L, const struct head *head) {
  lua_createtable(L, 0, 10);
  push_text(L, head_method(head));
  lua_setfield(L, -2, "method");
  push_text(L, head_path(head));
  lua_setfield(L, -2, "path");
  push_text(L, head_query(head));
  lua_setfield(L, -2, "query_string");
  push_query(L, head_query(head));
  lua_setfield(L, -3, "query_list");
  lua_setfield(L, -2, "query");
  push_head_fields(L, head);
  lua_setfield(L, -2, "headers");
  push_cookies(L, head);
  lua_setfield(L, -2, "cookies");
}

/*
** What scripts see of a request's head: fields, query and cookies. Written
** anew, with every byte escaped but those of cookies' names, it is the same.
*/
#include "fuzz.h"
#include "values.h"

#include "lua/object/objects.h"
#include "model/head.h"
#include "net/http/head.h"
#include "net/socket/http_answer.h"

static void print_escaped(struct buffer *out, lua_State *L, int index) {
  size_t size;
  const char *bytes = lua_tolstring(L, index, &size);
  for (size_t i = 0; i < size; i++)
    buffer_print(out, "%%%02X", (unsigned char)bytes[i]);
}

/* Prints the lists of the request at 2, name by name. */
static void print_query(struct buffer *out, lua_State *L) {
  lua_getfield(L, 2, "query_list");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    MUST(count > 0);
    for (lua_Integer i = 1; i <= count; i++) {
      print_escaped(out, L, -2);
      buffer_append_string(out, "=");
      lua_rawgeti(L, -1, i);
      print_escaped(out, L, -1);
      lua_pop(L, 1);
      buffer_append_string(out, "&");
    }
  }
  lua_pop(L, 1);
}

static void print_cookies(struct buffer *out, lua_State *L) {
  lua_getfield(L, 2, "cookies");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    size_t size;
    const char *name = lua_tolstring(L, -2, &size);
    buffer_append(out, name, size);
    buffer_append_string(out, "=");
    print_escaped(out, L, -1);
    buffer_append_string(out, "; ");
  }
  lua_pop(L, 1);
}

/* The query holds, of each name, the last of its list. */
static void check_query(lua_State *L) {
  lua_getfield(L, 2, "query");
  lua_getfield(L, 2, "query_list");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    lua_rawgeti(L, -1, (lua_Integer)lua_rawlen(L, -1));
    lua_pushvalue(L, -3);
    lua_rawget(L, -6);
    MUST(lua_rawequal(L, -1, -2));
    lua_pop(L, 2);
  }
  lua_pop(L, 2);
}

static struct head *write_anew(lua_State *L) {
  struct buffer text = {0};
  buffer_append_string(&text, "GET /?");
  print_query(&text, L);
  buffer_append_string(&text, " HTTP/1.1\r\nCookie: ");
  print_cookies(&text, L);
  buffer_append_string(&text, "\r\n\r\n");
  struct head *head = head_new(text.bytes, text.size);
  MUST(head);
  buffer_free(&text);
  return head;
}

static void check_field(lua_State *L, const char *field) {
  lua_getfield(L, 2, field);
  lua_getfield(L, 3, field);
  MUST(values_are_same(L, -1, -2));
  lua_pop(L, 2);
}

static int check(lua_State *L) {
  request_push(L, lua_touserdata(L, 1));
  struct head *again = write_anew(L);
  request_push(L, again);
  free(again);
  check_field(L, "query");
  check_field(L, "query_list");
  check_field(L, "cookies");
  check_query(L);
  return 0;
}

/* Whether net would let the head pass. */
static struct head *head_of(const char *bytes, size_t size) {
  struct http_error error = {0};
  size_t scanned = 0;
  if (http_head_scan(bytes, size, &scanned, &error) != size) return NULL;
  struct head *head = head_new(bytes, size);
  MUST(head);
  if (http_head_check(head, &error)) return head;
  free(head);
  return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static lua_State *L;
  if (!L) L = luaL_newstate();
  MUST(L);
  struct head *head = size > 0 ? head_of((const char *)bytes, size) : NULL;
  if (!head) return 0;
  lua_settop(L, 0);
  lua_pushcfunction(L, check);
  lua_pushlightuserdata(L, head);
  MUST(lua_pcall(L, 1, 0, 0) == LUA_OK);
  free(head);
  return 0;
}

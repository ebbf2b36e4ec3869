/*
** HTTP for scripts: the head of a request as tables, the handler's call, and
** its answer.
*/
#include "api/keys.h"
#include "api/objects.h"
#include "api/task.h"
#include "model/exchange.h"
#include "model/head.h"
#include "model/registry.h"

#include <string.h>

/* --- percent-encoding --- */

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pushes the text decoded; what is no valid escape stays as it is. */
static void push_decoded(lua_State *L, struct text text, bool plus_is_space) {
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, text.size);
  size_t size = 0;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.bytes[i];
    int high = -1;
    int low = -1;
    if (c == '%' && text.size - i > 2) {
      high = hex(text.bytes[i + 1]);
      low = hex(text.bytes[i + 2]);
    }
    if (high >= 0 && low >= 0) {
      c = (char)(high << 4 | low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    out[size++] = c;
  }
  luaL_pushresultsize(&buffer, size);
}

/* Splits "a=1&b=2" (or cookies, by ';') into the table at the top; the last of
   equal keys counts. */
static void add_pairs(lua_State *L, struct text text, char separator) {
  const char *at = text.bytes;
  const char *end = text.bytes + text.size;
  while (at < end) {
    const char *stop = memchr(at, separator, (size_t)(end - at));
    if (!stop) stop = end;
    struct text pair = text_trim((struct text){at, (size_t)(stop - at)});
    at = stop == end ? end : stop + 1;
    if (pair.size == 0) continue;
    const char *equals = memchr(pair.bytes, '=', pair.size);
    struct text name = {pair.bytes,
                        equals ? (size_t)(equals - pair.bytes) : pair.size};
    struct text value = {pair.bytes + pair.size, 0};
    if (equals) value = (struct text){equals + 1, pair.size - name.size - 1};
    if (separator == ';' && value.size >= 2 && value.bytes[0] == '"' &&
        value.bytes[value.size - 1] == '"')
      value = (struct text){value.bytes + 1, value.size - 2};
    push_decoded(L, name, separator == '&');
    push_decoded(L, value, separator == '&');
    lua_rawset(L, -3);
  }
}

/* --- the head --- */

static void push_text(lua_State *L, struct text text) {
  lua_pushlstring(L, text.bytes, text.size);
}

static void push_lower(lua_State *L, struct text text) {
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, text.size);
  for (size_t i = 0; i < text.size; i++) {
    char c = text.bytes[i];
    out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
  }
  luaL_pushresultsize(&buffer, text.size);
}

/* Fields of one name are joined, as RFC 9110 section 5.3 says; cookies by their
   own separator. */
static void push_headers(lua_State *L, const struct head *head) {
  size_t cursor = 0;
  struct text name, value;
  lua_newtable(L);
  while (head_next(head, &cursor, &name, &value)) {
    push_lower(L, name);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
      lua_pop(L, 1);
      push_text(L, value);
    } else {
      bool is_cookie = text_equals_nocase(name, text_of("cookie"));
      lua_pushstring(L, is_cookie ? "; " : ", ");
      push_text(L, value);
      lua_concat(L, 3);
    }
    lua_rawset(L, -3);
  }
}

static void push_cookies(lua_State *L, const struct head *head) {
  size_t cursor = 0;
  struct text name, value;
  lua_newtable(L);
  while (head_next(head, &cursor, &name, &value)) {
    if (text_equals_nocase(name, text_of("cookie"))) add_pairs(L, value, ';');
  }
}

void request_push(lua_State *L, const struct head *head) {
  lua_createtable(L, 0, 8);
  push_text(L, head_method(head));
  lua_setfield(L, -2, "method");
  push_text(L, head_path(head));
  lua_setfield(L, -2, "path");
  lua_newtable(L);
  add_pairs(L, head_query(head), '&');
  lua_setfield(L, -2, "query");
  push_headers(L, head);
  lua_setfield(L, -2, "headers");
  push_cookies(L, head);
  lua_setfield(L, -2, "cookies");
}

/* --- the handler --- */

/* The status and the body with which the application is told that its request
   did not end well. */
static const char *api_failure(enum task_end end, int *status) {
  switch (end) {
  case TASK_TIMED_OUT:
    *status = 504;
    return "{\"error\":{\"code\":\"timeout\","
           "\"message\":\"limits.action_time has passed.\"}}";
  case TASK_STOPPED:
    *status = 503;
    return "{\"error\":{\"code\":\"ending\","
           "\"message\":\"The server is ending.\"}}";
  default:
    *status = 500;
    return "{\"error\":{\"code\":\"failed\","
           "\"message\":\"The request failed: the log says why.\"}}";
  }
}

static void on_api_end(struct task *task, enum task_end end) {
  static const char type[] = "Content-Type: application/json\r\n";
  struct exchange *exchange = exchange_find(task->api->registry, task->owner);
  struct buffer fields = {0};
  int status;
  if (!exchange || exchange->is_answered) return;
  const char *words = api_failure(end, &status);
  struct message *body = message_new(MESSAGE_RAW, words, strlen(words));
  buffer_append(&fields, type, sizeof type - 1);
  exchange_answer(exchange, status, &fields, body, NULL);
  buffer_free(&fields);
  message_unref(body);
}

static void on_end(struct task *task, enum task_end end) {
  struct exchange *exchange = exchange_find(task->api->registry, task->owner);
  struct buffer fields = {0};
  if (!exchange || exchange->is_answered) return;
  if (end == TASK_DONE) {
    exchange_answer(exchange, 0, &fields, NULL, NULL);
    return;
  }
  static const char words[] = "The handler of this server failed.\n";
  struct message *body = message_new(MESSAGE_RAW, words, sizeof words - 1);
  exchange_answer(exchange, end == TASK_TIMED_OUT ? 504 : 500, &fields, body,
                  NULL);
  if (body) message_unref(body);
}

void http_serve(struct api *api, struct exchange *exchange) {
  bool is_api = exchange->is_api;
  if (!is_api && run_is_short(api)) {
    (void)tally_add(&api->registry->tallies, TALLY_MEMORY); /* told already */
    exchange_answer(exchange, 503, NULL, NULL, NULL);
    return;
  }
  struct task *task = task_new(api, NULL, is_api ? on_api_end : on_end);
  lua_State *L = task->thread;
  task->owner = exchange->id;
  task->what = is_api ? "API" : "http";
  anchor_push(L, is_api ? ANCHOR_API : ANCHOR_SERVE);
  lua_pushinteger(L, (lua_Integer)exchange->id);
  request_push(L, exchange->head);
  lua_pushlstring(L, exchange->body.bytes ? exchange->body.bytes : "",
                  exchange->body.size);
  lua_setfield(L, -2, "body");
  lua_pushstring(L, exchange->head->address);
  lua_setfield(L, -2, "address");
  lua_pushboolean(L, exchange->head->is_secure);
  lua_setfield(L, -2, "secure");
  task_ready(task, 2);
}

/* --- the answer --- */

static bool is_token(const char *bytes, size_t size) {
  static const char special[] = "!#$%&'*+-.^_`|~";
  for (size_t i = 0; i < size; i++) {
    char c = bytes[i];
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                        (c >= 'a' && c <= 'z');
    if (!alphanumeric && (!c || !strchr(special, c))) return false;
  }
  return size > 0;
}

static bool is_field_value(const char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
  }
  return true;
}

static void append_field(lua_State *L, struct buffer *fields, int name,
                         int value) {
  size_t name_size, value_size;
  /* Nothing with a __tostring: it could send, over the same buffer. */
  luaL_argcheck(L, lua_isstring(L, value) || lua_isboolean(L, value), 3,
                "a header's value must be a string or a number");
  const char *name_bytes = lua_tolstring(L, name, &name_size);
  number_push(L, value);
  const char *value_bytes = lua_tolstring(L, -1, &value_size);
  if (!is_token(name_bytes, name_size))
    luaL_error(L, "'%s' is not a header's name", name_bytes);
  if (!is_field_value(value_bytes, value_size))
    luaL_error(L, "the header '%s' contains a line feed or the like",
               name_bytes);
  buffer_append(fields, name_bytes, name_size);
  buffer_append(fields, ": ", 2);
  buffer_append(fields, value_bytes, value_size);
  buffer_append(fields, "\r\n", 2);
  lua_pop(L, 1);
}

/* The value of the header whose name lies at `name`, or a list of values, is at
   the top, and is popped. */
static void append_values(lua_State *L, struct buffer *fields, int name) {
  int value = lua_gettop(L);
  if (lua_istable(L, value)) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, value);
    for (lua_Integer i = 1; i <= count; i++) {
      lua_rawgeti(L, value, i);
      append_field(L, fields, name, lua_gettop(L));
      lua_pop(L, 1);
    }
  } else {
    append_field(L, fields, name, value);
  }
  lua_pop(L, 1);
}

/* The table at `index` has a name and a value, or a list of values, each. */
static void append_fields(lua_State *L, struct buffer *fields, int index) {
  size_t count;
  const struct key *names = keys_push_all(L, index, &count);
  luaL_argcheck(L, names != NULL, 3, "a header's name must be a string");
  int row = lua_gettop(L);
  for (size_t i = 0; i < count; i++) {
    keys_push(L, row, &names[i]);
    lua_pushvalue(L, -1);
    lua_rawget(L, index);
    append_values(L, fields, lua_gettop(L) - 1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* core.answer(exchange id, status, headers, body or nil, file or nil)
   -> true | nil, "closed". Status 0 leaves it to the public folder. */
static int f_answer(lua_State *L) {
  struct api *api = api_of(L);
  struct exchange *exchange =
      exchange_find(api->registry, (uint64_t)luaL_checkinteger(L, 1));
  int status = (int)luaL_checkinteger(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t size = 0;
  const char *body = luaL_optlstring(L, 4, NULL, &size);
  const char *file = luaL_optstring(L, 5, NULL);
  struct buffer *text = &api->text;
  buffer_clear(text);
  append_fields(L, text, 3);
  if (!exchange || exchange->is_answered) return push_closed(L);
  struct buffer fields = {0};
  if (text->size > 0) buffer_append(&fields, text->bytes, text->size);
  struct message *answer = body ? message_new(MESSAGE_RAW, body, size) : NULL;
  bool has_memory = !text->failed && !fields.failed && (answer || !body);
  text->failed = false;
  if (has_memory) exchange_answer(exchange, status, &fields, answer, file);
  buffer_free(&fields);
  if (answer) message_unref(answer);
  if (!has_memory) return luaL_error(L, "out of memory");
  lua_pushboolean(L, true);
  return 1;
}

void http_open(lua_State *L) {
  lua_pushcfunction(L, f_answer);
  lua_setfield(L, -2, "answer");
}

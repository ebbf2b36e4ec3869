/*
** HTTP for scripts: calls the handler and takes its answer.
*/
#include "lib/token.h"
#include "lua/bind/bind.h"
#include "lua/json/keys.h"
#include "lua/session/costs.h"
#include "lua/vm/task.h"
#include "model/api_key.h"
#include "model/config.h"
#include "model/exchange.h"
#include "model/head.h"
#include "model/registry.h"

#include <string.h>

/* --- the handler --- */

/* The status and the body of the API's answer to a request that failed. */
static const char *api_failure(enum task_end end, int *status) {
  switch (end) {
  case TASK_TIMED_OUT:
    *status = 504;
    return "{\"error\":{\"code\":\"timeout\","
           "\"message\":\"limits.action_time has passed.\"}}";
  case TASK_STOPPED:
    *status = 503;
    return "{\"error\":{\"code\":\"ending\",\"message\":\"The server is "
           "shutting down.\"}}";
  default:
    *status = 500;
    return "{\"error\":{\"code\":\"failed\","
           "\"message\":\"The request failed: the log says why.\"}}";
  }
}

static void on_api_end(struct task *task, enum task_end end) {
  static const char type[] = "Content-Type: application/json\r\n";
  struct exchange *exchange =
      exchange_find(task->scripts->registry, task->owner);
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

static void on_handler_end(struct task *task, enum task_end end) {
  struct exchange *exchange =
      exchange_find(task->scripts->registry, task->owner);
  struct buffer fields = {0};
  if (!exchange || exchange->is_answered) return;
  if (end == TASK_DONE) {
    exchange_answer(exchange, 0, &fields, NULL, NULL);
    return;
  }
  static const char words[] = "The HTTP handler of this server failed.\n";
  struct message *body = message_new(MESSAGE_RAW, words, sizeof words - 1);
  exchange_answer(exchange, end == TASK_TIMED_OUT ? 504 : 500, &fields, body,
                  NULL);
  if (body) message_unref(body);
}

void http_serve(struct scripts *scripts, struct exchange *exchange) {
  bool is_api = exchange->is_api;
  if (!is_api && run_is_short(scripts)) {
    (void)limit_hit_add(&scripts->registry->limit_hits,
                        LIMIT_HIT_MEMORY); /* run_is_short has logged it */
    exchange_answer(exchange, 503, NULL, NULL, NULL);
    return;
  }
  if (!is_api && !cost_allows_request(scripts, exchange)) {
    exchange_answer(exchange, 503, NULL, NULL, NULL);
    return;
  }
  struct task *task =
      task_new(scripts, NULL, is_api ? on_api_end : on_handler_end);
  lua_State *L = task->thread;
  task->owner = exchange->id;
  task->what = is_api ? "API" : "http";
  task->is_strangers = !is_api;
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
  if (!is_api) cost_charge_request(task, exchange);
  task_ready(task, 2);
}

/* --- the answer --- */

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
  /* Values with a __tostring are refused: it could send a message, which uses
     the same buffer. */
  luaL_argcheck(L, lua_isstring(L, value) || lua_isboolean(L, value), 3,
                "a header's value must be a string or a number");
  const char *name_bytes = lua_tolstring(L, name, &name_size);
  number_push(L, value);
  const char *value_bytes = lua_tolstring(L, -1, &value_size);
  if (!token_is_valid((struct text){name_bytes, name_size}))
    luaL_error(L, "'%s' is not a valid header name", name_bytes);
  if (!is_field_value(value_bytes, value_size))
    luaL_error(L, "the header '%s' contains a control character", name_bytes);
  buffer_append(fields, name_bytes, name_size);
  buffer_append(fields, ": ", 2);
  buffer_append(fields, value_bytes, value_size);
  buffer_append(fields, "\r\n", 2);
  lua_pop(L, 1);
}

/* Appends the value at the top, or each value of the list there, as a header
   with the name at `name`; pops it. */
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

/* Appends the headers of the table at `index`: name -> value or list of
   values. */
static void append_answer_fields(lua_State *L, struct buffer *fields,
                                 int index) {
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

/* The path at `index`, or NULL; a path with a NUL becomes "", which names no
   file. */
static const char *opt_path(lua_State *L, int index) {
  size_t size;
  const char *path = luaL_optlstring(L, index, NULL, &size);
  return path && strlen(path) != size ? "" : path;
}

/* core.answer(exchange id, status, headers, body or nil, file or nil, folder or
   nil) -> true | nil, "closed". Status 0 leaves the request to the public
   folder. */
static int f_answer(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  struct exchange *exchange =
      exchange_find(scripts->registry, (uint64_t)luaL_checkinteger(L, 1));
  int status = (int)luaL_checkinteger(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t size = 0;
  const char *body = luaL_optlstring(L, 4, NULL, &size);
  const char *file = opt_path(L, 5);
  const char *folder = opt_path(L, 6);
  struct buffer *text = &scripts->text;
  buffer_clear(text);
  append_answer_fields(L, text, 3);
  if (!exchange || exchange->is_answered) return push_closed(L);
  struct buffer fields = {0};
  if (text->size > 0) buffer_append(&fields, text->bytes, text->size);
  struct message *answer = body ? message_new(MESSAGE_RAW, body, size) : NULL;
  bool has_memory = !text->failed && !fields.failed && (answer || !body);
  text->failed = false;
  if (has_memory && file)
    exchange_answer_file(exchange, status, &fields, folder ? folder : ".",
                         file);
  else if (has_memory)
    exchange_answer(exchange, status, &fields, answer, NULL);
  buffer_free(&fields);
  if (answer) message_unref(answer);
  if (!has_memory) return luaL_error(L, "out of memory");
  lua_pushboolean(L, true);
  return 1;
}

/* core.is_admitted(exchange id) -> boolean: whether the request showed a key of
   the API that is still valid */
static int f_is_admitted(lua_State *L) {
  const struct scripts *scripts = scripts_of(L);
  const struct exchange *exchange =
      exchange_find(scripts->registry, (uint64_t)luaL_checkinteger(L, 1));
  lua_pushboolean(
      L, exchange && exchange->is_admitted &&
             api_key_is_shown(exchange->head, &scripts->config->api_keys));
  return 1;
}

void http_open(lua_State *L) {
  lua_pushcfunction(L, f_answer);
  lua_setfield(L, -2, "answer");
  lua_pushcfunction(L, f_is_admitted);
  lua_setfield(L, -2, "is_admitted");
}

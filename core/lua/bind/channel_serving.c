/*
** What lua/base/channels.lua uses to serve the messages by which clients join,
** leave, and read channels.
*/
#include "bus/bus.h"
#include "lib/buffer.h"
#include "lib/json.h"
#include "lua/bind/bind.h"
#include "lua/bind/channels.h"
#include "lua/json/json.h"
#include "lua/session/ask.h"
#include "lua/session/joining.h"
#include "lua/session/session.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/epoch.h"
#include "model/membership.h"
#include "model/message.h"
#include "model/registry.h"

/* core.channel_rule(name) -> number of its rule | nil */
static int f_channel_rule(lua_State *L) {
  struct text name = channel_check_name(L, 1);
  const struct channel_rule *rule =
      channel_rules_find(&scripts_of(L)->config->channels, name);
  if (!rule) return 0;
  lua_pushinteger(L, rule->number);
  return 1;
}

static bool is_in(const struct connection *connection, struct text name) {
  const struct channel *channel = channel_find(connection->registry, name);
  return channel && membership_find(connection, channel);
}

/* core.is_in_channel(connection, name) -> boolean */
static int f_is_in_channel(lua_State *L) {
  const struct connection *connection = connection_check_open(L, 1);
  lua_pushboolean(L, connection && is_in(connection, channel_check_name(L, 2)));
  return 1;
}

static uint64_t whole_field(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  lua_Integer value = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return value > 0 ? (uint64_t)value : 0;
}

/* Prints the id at `index` into `buffer`, whose text it returns. */
static struct text print_id(lua_State *L, int index, struct buffer *buffer) {
  buffer_clear(buffer);
  if (!lua_isnoneornil(L, index)) json_encode(L, index, 1, buffer);
  bool failed = buffer->failed;
  buffer->failed = false;
  if (failed) luaL_error(L, "out of memory");
  return (struct text){buffer->bytes, buffer->size};
}

static struct text epoch_field(lua_State *L, int index) {
  struct text epoch = {0};
  if (lua_getfield(L, index, "epoch") == LUA_TSTRING)
    epoch.bytes = lua_tolstring(L, -1, &epoch.size); /* the table keeps it */
  lua_pop(L, 1);
  return epoch;
}

/* core.join_channel(connection, name, info, wish, id) -> true | nil, word. The
   wish, or nil, has `since` and `epoch`, or `last`. */
static int f_join_channel(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  struct connection *connection = connection_check_open(L, 1);
  struct join join = {.channel = channel_check_name(L, 2)};
  if (lua_istable(L, 4)) {
    lua_getfield(L, 4, "since");
    join.has_since = !lua_isnil(L, -1);
    lua_pop(L, 1);
    join.since = whole_field(L, 4, "since");
    join.last = (uint32_t)whole_field(L, 4, "last");
    join.epoch = epoch_scan(epoch_field(L, 4));
  }
  if (!connection) return push_closed(L);
  join.id = print_id(L, 5, &scripts->scratch);
  join.info = channel_check_info(L, 3);
  return join_channel(L, connection->session, &join, true);
}

/* core.leave_channel(connection, name): tells nobody but the others */
static int f_leave_channel(lua_State *L) {
  struct connection *connection = connection_check_open(L, 1);
  struct text name = channel_check_name(L, 2);
  struct channel *channel = channel_find(scripts_of(L)->registry, name);
  if (connection && channel) channel_leave(channel, connection, LEAVING_LEFT);
  return 0;
}

/* --- $history --- */

/* Pushes the body as JSON: `{"epoch":…,"messages":[…]}`. */
static int push_history_text(lua_State *L, const struct bus_answer *answer) {
  struct buffer *text = &scripts_of(L)->text;
  char epoch[EPOCH_TEXT_SIZE];
  buffer_clear(text);
  buffer_append(text, "{", 1);
  if (answer->epoch) {
    epoch_print(answer->epoch, epoch);
    buffer_print(text, "\"epoch\":\"%s\",", epoch);
  }
  buffer_append_string(text, "\"messages\":[");
  kept_print(answer, text);
  buffer_append(text, "]}", 2);
  bool failed = text->failed;
  text->failed = false;
  if (failed) return luaL_error(L, "out of memory");
  lua_pushlstring(L, text->bytes, text->size);
  return 1;
}

/* core.read_channel(name, before, limit) -> the body of `$history` as JSON |
   nil, word */
static int f_read_channel(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  struct bus_read read = {.channel = channel_check_name(L, 1),
                          .before = (uint64_t)luaL_optinteger(L, 2, 0),
                          .limit = (uint32_t)luaL_checkinteger(L, 3),
                          .bytes = scripts->config->limits.queue_size};
  struct ask *ask = ask_new(L, push_history_text);
  bus_read(scripts->bus, ask_call(ask), &read);
  return ask_finish(L, ask);
}

/* core.send_history(connection, name, body, id): sends
   `["$history",body,id,"name"]`, whose body is JSON already */
static int f_send_history(lua_State *L) {
  struct connection *connection = connection_check_open(L, 1);
  struct text name = channel_check_name(L, 2);
  struct text body;
  struct buffer *text = &scripts_of(L)->text;
  body.bytes = luaL_checklstring(L, 3, &body.size);
  if (!connection) return 0;
  struct text id = print_id(L, 4, &scripts_of(L)->scratch);
  buffer_clear(text);
  buffer_append_string(text, "[\"$history\",");
  buffer_append(text, body.bytes, body.size);
  buffer_append(text, ",", 1);
  if (id.size > 0)
    buffer_append(text, id.bytes, id.size);
  else
    buffer_append_string(text, "null");
  buffer_append(text, ",", 1);
  json_print_string(text, name.bytes, name.size);
  buffer_append(text, "]", 1);
  struct message *message =
      text->failed ? NULL : message_new(MESSAGE_TEXT, text->bytes, text->size);
  text->failed = false;
  if (!message) return luaL_error(L, "out of memory");
  if (!lua_isnoneornil(L, 4)) message->answers = message_hash_id(L, 4);
  connection_send(connection, message);
  message_unref(message);
  return 0;
}

void channel_serving_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"channel_rule", f_channel_rule},
                                       {"is_in_channel", f_is_in_channel},
                                       {"join_channel", f_join_channel},
                                       {"leave_channel", f_leave_channel},
                                       {"read_channel", f_read_channel},
                                       {"send_history", f_send_history},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

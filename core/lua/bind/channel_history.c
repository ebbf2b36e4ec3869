/*
** channel:history and channel:clear.
*/
#include "bus/bus.h"
#include "lib/buffer.h"
#include "lib/json.h"
#include "lua/bind/channels.h"
#include "lua/json/json.h"
#include "lua/object/objects.h"
#include "lua/session/ask.h"
#include "model/epoch.h"

int channel_push_json(lua_State *L, struct text text) {
  struct json_text json = {.end = text.bytes + text.size,
                           .scratch = &scripts_of(L)->scratch};
  if (!json_decode(L, text.bytes, 1, &json))
    return luaL_error(L, "what the bus has sent is not JSON");
  return 1;
}

static void set_text(lua_State *L, const char *name, struct text text) {
  lua_pushlstring(L, text.bytes, text.size);
  lua_setfield(L, -2, name);
}

/* Pushes { command =, body =, position = } of `"said","hi"`. */
static void push_kept(lua_State *L, const struct bus_kept *kept) {
  struct buffer *scratch = &scripts_of(L)->scratch;
  struct json_text json = {.end = kept->message.bytes + kept->message.size,
                           .scratch = scratch};
  struct text command;
  lua_createtable(L, 0, 3);
  const char *at = json_scan_string(kept->message.bytes, json.end, scratch,
                                    &command.bytes, &command.size);
  if (!at) luaL_error(L, "what the bus has sent is not JSON");
  set_text(L, "command", command);
  channel_push_json(L, (struct text){at + 1, (size_t)(json.end - at - 1)});
  /* A null body is nil, as in a message. */
  if (lua_islightuserdata(L, -1) && !lua_touserdata(L, -1))
    lua_pop(L, 1);
  else
    lua_setfield(L, -2, "body");
  lua_pushinteger(L, (lua_Integer)kept->position);
  lua_setfield(L, -2, "position");
}

static void push_epoch(lua_State *L, uint64_t epoch) {
  char text[EPOCH_TEXT_SIZE];
  if (epoch == 0) {
    lua_pushnil(L);
    return;
  }
  epoch_print(epoch, text);
  lua_pushstring(L, text);
}

/* Pushes the list, the epoch and the last position. */
static int push_history(lua_State *L, const struct bus_answer *answer) {
  lua_createtable(L, (int)answer->kept_count, 0);
  for (size_t i = 0; i < answer->kept_count; i++) {
    push_kept(L, &answer->kept[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  push_epoch(L, answer->epoch);
  lua_pushinteger(L, (lua_Integer)answer->position);
  return 3;
}

/* The whole number in a field of the options, at least `least`. */
static uint64_t check_option(lua_State *L, int index, const char *name,
                             lua_Integer least, lua_Integer otherwise) {
  int is_whole = 1;
  lua_Integer value = otherwise;
  if (lua_getfield(L, index, name) != LUA_TNIL)
    value = lua_tointegerx(L, -1, &is_whole);
  if (!is_whole || value < least)
    luaL_error(L, "%s must be a whole number, at least %I", name,
               (LUAI_UACINT)least);
  lua_pop(L, 1);
  return (uint64_t)value;
}

enum { HISTORY_LIMIT = 100, HISTORY_MOST = 1000000 };

/* channel:history {after =, before =, limit = 100} -> list of { command, body,
   position }, epoch, position | nil, word */
int channel_m_history(lua_State *L) {
  struct bus_read read = {.channel = channel_check(L, 1),
                          .limit = HISTORY_LIMIT};
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    read.after = check_option(L, 2, "after", 0, 0);
    read.before = check_option(L, 2, "before", 0, 0);
    uint64_t limit = check_option(L, 2, "limit", 1, HISTORY_LIMIT);
    read.limit = (uint32_t)(limit < HISTORY_MOST ? limit : HISTORY_MOST);
    lua_getfield(L, 2, "after");
    read.from_start = !lua_isnil(L, -1);
    lua_pop(L, 1);
  }
  struct ask *ask = ask_new(L, push_history);
  bus_read(scripts_of(L)->bus, ask_call(ask), &read);
  return ask_finish(L, ask);
}

static int push_true(lua_State *L, const struct bus_answer *answer) {
  (void)answer;
  lua_pushboolean(L, true);
  return 1;
}

/* channel:clear() -> true | nil, word */
int channel_m_clear(lua_State *L) {
  struct text channel = channel_check(L, 1);
  struct ask *ask = ask_new(L, push_true);
  bus_clear(scripts_of(L)->bus, ask_call(ask), channel);
  return ask_finish(L, ask);
}

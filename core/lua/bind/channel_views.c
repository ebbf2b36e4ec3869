/*
** What the HTTP API shows of channels. Members and messages are JSON already
** and stay so: they never become values of Lua.
*/
#include "bus/bus.h"
#include "lib/buffer.h"
#include "lib/json.h"
#include "lua/bind/bind.h"
#include "lua/bind/channels.h"
#include "lua/session/ask.h"
#include "lua/session/joining.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/epoch.h"
#include "model/registry.h"

#include <stdlib.h>
#include <string.h>

/* Pushes what the buffer holds. */
static void push_text(lua_State *L, struct buffer *text) {
  bool failed = text->failed;
  text->failed = false;
  if (failed) luaL_error(L, "out of memory");
  lua_pushlstring(L, text->bytes, text->size);
}

/* --- who is there --- */

static void print_members(const struct bus_answer *answer,
                          struct buffer *text) {
  buffer_append(text, "{", 1);
  for (size_t i = 0; i < answer->member_count; i++) {
    const struct bus_member *member = &answer->members[i];
    if (i > 0) buffer_append(text, ",", 1);
    json_print_string(text, member->id.bytes, member->id.size);
    buffer_append(text, ":", 1);
    if (member->info.size > 0)
      buffer_append(text, member->info.bytes, member->info.size);
    else
      buffer_append_string(text, "{}");
  }
  buffer_append(text, "}", 1);
}

static int push_who(lua_State *L, const struct bus_answer *answer) {
  struct scripts *scripts = scripts_of(L);
  uint64_t most = scripts->config->limits.members_listed;
  lua_pushinteger(L, answer->users);
  lua_pushinteger(L, answer->connections);
  if (most > 0 && answer->member_count > most) return 2;
  buffer_clear(&scripts->text);
  print_members(answer, &scripts->text);
  push_text(L, &scripts->text);
  return 3;
}

/* core.channel_who(name) -> users, connections, members as JSON | users,
   connections if there are more than limits.members_listed | nil, word */
static int f_channel_who(lua_State *L) {
  struct text channel = channel_check_name(L, 1);
  struct ask *ask = ask_new(L, push_who);
  bus_ask_who(scripts_of(L)->bus, ask_call(ask), channel);
  return ask_finish(L, ask);
}

/* --- the history --- */

enum { PAGE_BYTES = 4 << 20 };

static int push_page(lua_State *L, const struct bus_answer *answer) {
  struct buffer *text = &scripts_of(L)->text;
  char epoch[EPOCH_TEXT_SIZE];
  buffer_clear(text);
  buffer_append(text, "[", 1);
  kept_print(answer, text);
  buffer_append(text, "]", 1);
  push_text(L, text);
  if (answer->epoch == 0) return 1;
  epoch_print(answer->epoch, epoch);
  lua_pushstring(L, epoch);
  lua_pushinteger(L, (lua_Integer)answer->position);
  return 3;
}

static uint64_t check_position(lua_State *L, int index) {
  lua_Integer position = luaL_optinteger(L, index, 0);
  luaL_argcheck(L, position >= 0, index, "a position is not negative");
  return (uint64_t)position;
}

/* core.channel_page(name, limit, after, before) -> messages as JSON, epoch,
   position of the last one that was ever kept | messages if the channel has no
   history | nil, word. With `after`, the first messages behind it. Messages
   that are larger than 4 MiB together are cut. */
static int f_channel_page(lua_State *L) {
  struct bus_read read = {.channel = channel_check_name(L, 1),
                          .limit = (uint32_t)luaL_checkinteger(L, 2),
                          .after = check_position(L, 3),
                          .before = check_position(L, 4),
                          .bytes = PAGE_BYTES,
                          .from_start = !lua_isnoneornil(L, 3)};
  struct ask *ask = ask_new(L, push_page);
  bus_read(scripts_of(L)->bus, ask_call(ask), &read);
  return ask_finish(L, ask);
}

/* --- names --- */

/* The first names behind `after`, found in one walk: whenever the list is full,
   it is sorted and cut to `limit`, and its last name is the bound from there
   on. */
struct names {
  struct text *list;
  size_t count, room, limit;
  size_t total; /* names with the prefix */
  struct text prefix, after;
  struct text bound; /* of size 0: none yet */
};

static int compare(struct text a, struct text b) {
  size_t shorter = a.size < b.size ? a.size : b.size;
  int order = shorter > 0 ? memcmp(a.bytes, b.bytes, shorter) : 0;
  return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_items(const void *a, const void *b) {
  return compare(*(const struct text *)a, *(const struct text *)b);
}

static void cut(struct names *names) {
  qsort(names->list, names->count, sizeof *names->list, compare_items);
  if (names->count <= names->limit) return;
  names->count = names->limit;
  names->bound = names->list[names->limit - 1];
}

static bool has_prefix(struct text name, struct text prefix) {
  return name.size >= prefix.size &&
         (prefix.size == 0 ||
          memcmp(name.bytes, prefix.bytes, prefix.size) == 0);
}

static bool is_in_use(const struct channel *channel) {
  return channel_is_used(channel) ||
         (channel->history && channel->history->count > 0);
}

static void find_names(const struct registry *registry, struct names *names) {
  size_t cursor = 0;
  const struct channel *channel;
  while ((channel = channels_next(registry, &cursor))) {
    struct text name = channel_name(channel);
    if (!has_prefix(name, names->prefix) || !is_in_use(channel)) continue;
    names->total++;
    if (compare(name, names->after) <= 0) continue;
    if (names->bound.size > 0 && compare(name, names->bound) >= 0) continue;
    names->list[names->count++] = name;
    if (names->count == names->room) cut(names);
  }
  cut(names);
}

/* core.channels([prefix [, after [, limit]]]) -> sorted list of the names in
   use, how many have the prefix. The list has those behind `after`, `limit` at
   most. The order is that of the bytes. */
static int f_channels(lua_State *L) {
  const struct registry *registry = scripts_of(L)->registry;
  size_t most = registry->channels.by_name.count;
  struct names names = {0};
  names.prefix.bytes = luaL_optlstring(L, 1, "", &names.prefix.size);
  names.after.bytes = luaL_optlstring(L, 2, "", &names.after.size);
  lua_Integer limit = luaL_optinteger(L, 3, LUA_MAXINTEGER);
  luaL_argcheck(L, limit >= 1, 3, "at least 1");
  names.limit = (uint64_t)limit < most ? (size_t)limit : most;
  names.room = 2 * names.limit + 1;
  names.list = lua_newuserdatauv(L, names.room * sizeof *names.list, 0);
  find_names(registry, &names);
  lua_createtable(L, (int)names.count, 0);
  for (size_t i = 0; i < names.count; i++) {
    lua_pushlstring(L, names.list[i].bytes, names.list[i].size);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_pushinteger(L, (lua_Integer)names.total);
  return 2;
}

void channel_views_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"channels", f_channels},
                                       {"channel_who", f_channel_who},
                                       {"channel_page", f_channel_page},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

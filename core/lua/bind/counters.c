/*
** The values for the metrics: the counters of the registry, and what Lua and
** the kernel say about memory.
*/
#include "model/counters.h"
#include "lib/process.h"
#include "lib/timers.h"
#include "lua/bind/bind.h"
#include "model/registry.h"

/* A counter does not reach 2^63. */
static void set_integer(lua_State *L, const char *name, uint64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

/* Pushes { count =, seconds =, longest =, { seconds, count up to them }… }. */
static void push_histogram(lua_State *L, const struct histogram *histogram) {
  uint64_t count = 0;
  lua_newtable(L);
  for (int i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
    count += histogram->buckets[i];
    lua_createtable(L, 2, 0);
    lua_pushnumber(L, (lua_Number)histogram_bounds[i] / 1000);
    lua_rawseti(L, -2, 1);
    lua_pushinteger(L, (lua_Integer)count);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, i + 1);
  }
  set_integer(L, "count", histogram_count(histogram));
  lua_pushnumber(L, (lua_Number)histogram->sum / 1000);
  lua_setfield(L, -2, "seconds");
  lua_pushnumber(L, (lua_Number)histogram->longest / 1000);
  lua_setfield(L, -2, "longest");
}

static void push_closes(lua_State *L, const struct counters *counters) {
  lua_newtable(L);
  for (int i = 0; i < COUNTERS_CLOSES; i++) {
    int code = counters_close_codes[i];
    if (code != 0)
      lua_pushfstring(L, "%d", code);
    else
      lua_pushliteral(L, "other");
    lua_pushinteger(L, (lua_Integer)counters->closes[i]);
    lua_rawset(L, -3);
  }
}

static void push_errors(lua_State *L, const struct counters *counters) {
  lua_newtable(L);
  for (int i = 0; i < COUNTERS_ERRORS; i++) {
    set_integer(L, counters_error_codes[i], counters->errors[i]);
  }
}

static void push_ended(lua_State *L, const struct counters *counters) {
  lua_newtable(L);
  for (int i = 0; i < COUNTERS_ENDED; i++) {
    set_integer(L, counters_end_limits[i], counters->ended[i]);
  }
}

static void push_limited(lua_State *L, const struct limit_hits *limit_hits) {
  lua_newtable(L);
  for (int i = 0; i < LIMIT_HIT_CAUSES; i++) {
    set_integer(L, limit_hit_names[i], limit_hits->of[i].total);
  }
}

static void set_process(lua_State *L) {
  struct process process;
  process_look(&process);
  set_integer(L, "resident", process.resident);
  set_integer(L, "open_descriptors", process.open_descriptors);
  set_integer(L, "max_descriptors", process.max_descriptors);
  lua_pushnumber(L, process.processor_time);
  lua_setfield(L, -2, "processor_time");
}

static void set_channels(lua_State *L, const struct channels *channels) {
  set_integer(L, "channels", channels->by_name.count);
  set_integer(L, "members", channels->seats);
  set_integer(L, "joins", channels->joined);
  set_integer(L, "history_bytes", channels->histories.bytes);
  set_integer(L, "history_messages", channels->histories.count);
}

/* core.counters() -> a new table of numbers, and of tables of numbers */
static int f_counters(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  const struct counters *counters = &scripts->registry->counters;
  uint64_t heap = (uint64_t)lua_gc(L, LUA_GCCOUNT) * 1024 +
                  (uint64_t)lua_gc(L, LUA_GCCOUNTB);
  lua_newtable(L);
  set_integer(L, "connections", scripts->session_count);
  set_integer(L, "users", registry_user_count(scripts->registry));
  set_channels(L, &scripts->registry->channels);
  set_integer(L, "opened", counters->opened);
  set_integer(L, "refused", counters->refused);
  set_integer(L, "messages_in", counters->messages_in);
  set_integer(L, "messages_out", counters->messages_out);
  set_integer(L, "dropped", counters->dropped);
  set_integer(L, "bytes_in", counters->bytes_in);
  set_integer(L, "bytes_out", counters->bytes_out);
  set_integer(L, "requests", counters->requests);
  set_integer(L, "intrusions", counters->intrusions);
  set_integer(L, "heap", heap);
  set_process(L);
  push_closes(L, counters);
  lua_setfield(L, -2, "closes");
  push_errors(L, counters);
  lua_setfield(L, -2, "errors");
  push_ended(L, counters);
  lua_setfield(L, -2, "ended");
  push_limited(L, &scripts->registry->limit_hits);
  lua_setfield(L, -2, "limited");
  push_histogram(L, &counters->actions);
  lua_setfield(L, -2, "actions");
  push_histogram(L, &counters->turns);
  lua_setfield(L, -2, "turns");
  return 1;
}

/* core.count_error(code): counts an error answer, or a failure, of that code */
static int f_count_error(lua_State *L) {
  counters_add_error(&scripts_of(L)->registry->counters,
                     luaL_checkstring(L, 1));
  return 0;
}

/* core.count_request(has_key): counts a request to the API */
static int f_count_request(lua_State *L) {
  struct counters *counters = &scripts_of(L)->registry->counters;
  bool has_key = lua_toboolean(L, 1);
  counters->requests += has_key;
  counters->intrusions += !has_key;
  return 0;
}

void counters_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"counters", f_counters},
                                       {"count_error", f_count_error},
                                       {"count_request", f_count_request},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

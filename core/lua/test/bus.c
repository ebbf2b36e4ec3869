#include "lua/test/bus.h"

#include "bus/bus.h"
#include "bus/memory.h"
#include "lua/scripts.h"
#include "lua/test/late_bus.h"
#include "lua/vm/vm.h"
#include "model/channel.h"

static struct bus *bus;
static bool is_late;

bool test_bus_open(struct scripts *scripts) {
  bus = memory_bus_new(scripts->registry);
  scripts_use_bus(scripts, bus);
  return bus;
}

/* Lua is entered by the state that runs now. */
static struct scripts *enter_from(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  scripts->L = L;
  return scripts;
}

/* test.bus(kind [, seed]): from here on channels use another bus; nobody may be
   in a channel */
static int t_bus(lua_State *L) {
  static const char *const kinds[] = {"memory", "late", "shuffled", "by hand",
                                      NULL};
  int kind = luaL_checkoption(L, 1, NULL, kinds);
  uint32_t seed = (uint32_t)luaL_optinteger(L, 2, 0);
  struct scripts *scripts = enter_from(L);
  channels_flush(scripts->registry);
  struct bus *old = bus;
  bus = kind == 0 ? memory_bus_new(scripts->registry)
                  : late_bus_new(scripts->registry, (enum late_order)(kind - 1),
                                 seed);
  if (!bus) return luaL_error(L, "out of memory");
  is_late = kind != 0;
  scripts_use_bus(scripts, bus);
  bus_close(old);
  return 0;
}

/* test.bus_waiting() -> list of texts: what waits in a late bus */
static int t_bus_waiting(lua_State *L) {
  size_t count = is_late ? late_bus_count(bus) : 0;
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    char text[256];
    late_bus_describe(bus, i, text, sizeof text);
    lua_pushstring(L, text);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* test.bus_do(place [, answers = true]): does what waits there; without
   `answers` the answer of a call waits on, as the last one */
static int t_bus_do(lua_State *L) {
  lua_Integer place = luaL_checkinteger(L, 1);
  bool answers = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
  luaL_argcheck(L, is_late && place >= 1, 1, "nothing waits there");
  enter_from(L);
  late_bus_do(bus, (size_t)place - 1, answers);
  return 0;
}

/* test.bus_fail([word]): the calls fail from here on; without a word they are
   done */
static int t_bus_fail(lua_State *L) {
  static const char *const words[] = {"cluster", "memory", NULL};
  const char *word = NULL;
  luaL_argcheck(L, is_late, 1, "the memory bus does not fail");
  if (!lua_isnoneornil(L, 1)) word = words[luaL_checkoption(L, 1, NULL, words)];
  late_bus_fail(bus, word);
  return 0;
}

const luaL_Reg test_bus_functions[] = {{"bus", t_bus},
                                       {"bus_waiting", t_bus_waiting},
                                       {"bus_do", t_bus_do},
                                       {"bus_fail", t_bus_fail},
                                       {NULL, NULL}};

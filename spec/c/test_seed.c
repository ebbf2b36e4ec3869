/*
** Two processes that are alike to the last address, in the same second, walk
** over the same table in another order.
*/
#include "check.h"
#include "lua/vm/seed.h"

#include <lauxlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 8, KEYS = 32, ORDER_SIZE = 2 * KEYS };

/* Each child begins where the parent stood, with the same stack and heap. Lua
   hashes a key from its end: there they differ, so that the order of all
   depends on all bits of the seed. */
static void tell_order(int pipe_end) {
  struct seeded seeded;
  char order[ORDER_SIZE];
  char *at = order;
  lua_State *L = seeded_new(&seeded);
  if (!L) _exit(1);
  lua_createtable(L, 0, KEYS);
  for (int i = 0; i < KEYS; i++) {
    lua_pushfstring(L, "what is hashed last %c%c", 'a' + i % 16, 'a' + i / 16);
    lua_pushboolean(L, true);
    lua_rawset(L, -3);
  }
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1), at += 2)
    memcpy(at, lua_tostring(L, -2) + lua_rawlen(L, -2) - 2, 2);
  seeded_close(&seeded, L);
  _exit(write(pipe_end, order, sizeof order) == sizeof order ? 0 : 1);
}

static bool read_order(char *order) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  pid_t child = fork();
  if (child == 0) tell_order(ends[1]);
  close(ends[1]);
  bool is_read = read(ends[0], order, ORDER_SIZE) == ORDER_SIZE;
  close(ends[0]);
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0 && is_read;
}

static void test_order(void) {
  char orders[PROCESSES][ORDER_SIZE];
  for (int i = 0; i < PROCESSES; i++) {
    CHECK(read_order(orders[i]));
    for (int j = 0; j < i; j++)
      CHECK(memcmp(orders[i], orders[j], ORDER_SIZE) != 0);
  }
}

static int fail(lua_State *L) {
  return luaL_error(L, "as it should");
}

/* It is a state like any other. */
static void test_state(void) {
  struct seeded seeded;
  lua_State *L = seeded_new(&seeded);
  CHECK(seeded.block != NULL);
  CHECK((char *)L > (char *)seeded.pages &&
        (char *)L < (char *)seeded.pages + seeded.size);
  lua_pushcfunction(L, fail);
  CHECK(lua_pcall(L, 0, 0, 0) == LUA_ERRRUN);
  lua_warning(L, "not shown", false);
  CHECK(!seeded.is_warning);
  lua_warning(L, "@on", false);
  CHECK(seeded.is_warning);
  lua_warning(L, "@off", false);
  CHECK(!seeded.is_warning);
  lua_warning(L, "@on", true);
  lua_warning(L, "@on", false); /* a part of the text, not a word to it */
  CHECK(!seeded.is_warning);
  seeded_close(&seeded, L);
}

int main(void) {
  test_order();
  test_state();
  return check_report();
}

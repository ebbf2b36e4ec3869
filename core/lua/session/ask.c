#include "lua/session/ask.h"

#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "lua/vm/wait.h"

#include <stdlib.h>

enum { PATIENCE = 10000 /* milliseconds */ };

static const char kept_name[] = "base.answer";

struct ask {
  struct bus_call call;
  struct scripts *scripts;
  ask_push *push;
  uint64_t ticket; /* of the task that waits, or 0 */
  bool is_left;    /* nobody waits any more: the answer frees it */
  bool is_answered;
  struct bus_answer *answer; /* a copy in one block; NULL: memory ran out */
};

/* --- to the script --- */

static int gc_answer(lua_State *L) {
  struct bus_answer **kept = lua_touserdata(L, 1);
  free(*kept);
  *kept = NULL;
  return 0;
}

void asks_open(lua_State *L) {
  luaL_newmetatable(L, kept_name);
  lua_pushcfunction(L, gc_answer);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}

/* Pushes a userdata that owns the answer. Where there is no memory for it, the
   next answer frees this one. */
static struct bus_answer **keep_answer(lua_State *L,
                                       struct bus_answer *answer) {
  struct scripts *scripts = scripts_of(L);
  free(scripts->lost_answer);
  scripts->lost_answer = answer;
  struct bus_answer **kept = lua_newuserdatauv(L, sizeof *kept, 0);
  *kept = answer;
  scripts->lost_answer = NULL;
  luaL_setmetatable(L, kept_name);
  return kept;
}

/* Pushes onto L what `push` makes of the answer, which is freed even if Lua
   raises. An answer without lists needs no userdata for that. */
static int push_answer(lua_State *L, ask_push *push,
                       struct bus_answer *answer) {
  if (!answer) return luaL_error(L, "out of memory");
  struct bus_answer plain = *answer;
  if (plain.word || (plain.kept_count == 0 && plain.member_count == 0))
    free(answer);
  if (plain.word) {
    lua_pushnil(L);
    lua_pushstring(L, plain.word);
    return 2;
  }
  if (plain.kept_count == 0 && plain.member_count == 0) return push(L, &plain);
  struct bus_answer **kept = keep_answer(L, answer);
  int place = lua_gettop(L);
  int count = push(L, answer);
  free(*kept);
  *kept = NULL;
  lua_remove(L, place);
  return count;
}

/* --- the answer --- */

static int enter_answered(lua_State *L) {
  struct ask *ask = lua_touserdata(L, 1);
  struct task *task = task_find_ticket(ask->scripts, ask->ticket);
  struct bus_answer *answer = ask->answer;
  ask->answer = NULL;
  if (!task) {
    free(answer);
    return 0;
  }
  int count = push_answer(L, ask->push, answer);
  lua_xmove(L, task->thread, count);
  task_wake(task, count);
  return 0;
}

static void ask_free(struct ask *ask) {
  free(ask->answer);
  free(ask);
}

static void on_answer(struct bus_call *call, const struct bus_answer *answer) {
  struct ask *ask = owner_of(call, struct ask, call);
  ask->is_answered = true;
  if (!ask->is_left) ask->answer = bus_answer_copy(answer);
  if (ask->is_left || ask->ticket) {
    if (ask->ticket) scripts_enter(ask->scripts, enter_answered, ask);
    ask_free(ask);
  }
}

/* --- asking --- */

struct ask *ask_new(lua_State *L, ask_push *push) {
  struct ask *ask = calloc(1, sizeof *ask);
  if (!ask) luaL_error(L, "out of memory");
  *ask = (struct ask){
      .call.on_answer = on_answer, .scripts = scripts_of(L), .push = push};
  return ask;
}

struct bus_call *ask_call(struct ask *ask) {
  return &ask->call;
}

int ask_finish(lua_State *L, struct ask *ask) {
  if (ask->is_answered) {
    struct bus_answer *answer = ask->answer;
    ask_push *push = ask->push;
    free(ask);
    return push_answer(L, push, answer);
  }
  ask->is_left = true; /* unless the script may wait */
  struct task *task = task_check_wait(L);
  uint64_t ticket = task_take_ticket(L, task);
  ask->is_left = false;
  ask->ticket = ticket;
  return task_wait(L, task, PATIENCE, "timeout");
}

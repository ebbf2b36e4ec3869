#include "lua/session/ask.h"

#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "lua/vm/wait.h"

#include <stdlib.h>
#include <string.h>

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

/* --- a copy of the answer --- */

static char *copy_text(char *at, struct text *text) {
  if (text->size > 0) memcpy(at, text->bytes, text->size);
  text->bytes = at;
  return at + text->size;
}

static size_t size_of_texts(const struct bus_answer *answer) {
  size_t size = 0;
  for (size_t i = 0; i < answer->kept_count; i++)
    size += answer->kept[i].message.size;
  for (size_t i = 0; i < answer->member_count; i++)
    size += answer->members[i].id.size + answer->members[i].info.size;
  return size;
}

/* One block: the answer, its two lists, and all texts behind them. */
static struct bus_answer *copy_answer(const struct bus_answer *answer) {
  size_t kept_size = answer->kept_count * sizeof(struct bus_kept);
  size_t members_size = answer->member_count * sizeof(struct bus_member);
  struct bus_answer *copy =
      malloc(sizeof *copy + kept_size + members_size + size_of_texts(answer));
  if (!copy) return NULL;
  struct bus_kept *kept = (struct bus_kept *)(copy + 1);
  struct bus_member *members = (struct bus_member *)((char *)kept + kept_size);
  char *at = (char *)members + members_size;
  *copy = *answer;
  copy->kept = kept;
  copy->members = members;
  if (kept_size > 0) memcpy(kept, answer->kept, kept_size);
  if (members_size > 0) memcpy(members, answer->members, members_size);
  for (size_t i = 0; i < answer->kept_count; i++)
    at = copy_text(at, &kept[i].message);
  for (size_t i = 0; i < answer->member_count; i++) {
    at = copy_text(at, &members[i].id);
    at = copy_text(at, &members[i].info);
  }
  return copy;
}

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

/* Pushes onto L what `push` makes of the answer, which is freed even if Lua
   raises. An answer without lists needs no userdata for that. */
static int push_answer(lua_State *L, ask_push *push,
                       struct bus_answer *answer) {
  if (!answer) return luaL_error(L, "out of memory");
  if (answer->word) {
    lua_pushnil(L);
    lua_pushstring(L, answer->word);
    free(answer);
    return 2;
  }
  struct bus_answer plain = *answer;
  if (plain.kept_count == 0 && plain.member_count == 0) {
    free(answer);
    return push(L, &plain);
  }
  struct bus_answer **kept = lua_newuserdatauv(L, sizeof *kept, 0);
  int place = lua_gettop(L);
  *kept = answer;
  luaL_setmetatable(L, kept_name);
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
  if (!ask->is_left) ask->answer = copy_answer(answer);
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

#include "lua/vm/coroutine.h"

#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "lua/vm/wait.h"

static int resume_coroutine(lua_State *L, lua_State *thread, int count,
                            lua_KContext is_wrap);

static lua_State *check_thread(lua_State *L) {
  lua_State *thread = lua_tothread(L, 1);
  luaL_argexpected(L, thread, 1, "coroutine");
  return thread;
}

/* A coroutine that waits in Base belongs to its task until it wakes. */
static bool is_asleep(lua_State *L, lua_State *thread) {
  anchor_push(L, ANCHOR_ASLEEP);
  lua_pushthread(thread);
  if (thread != L) lua_xmove(thread, L, 1);
  bool asleep = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return asleep;
}

void coroutine_forbid(lua_State *L, lua_State *thread) {
  anchor_push(L, ANCHOR_ASLEEP);
  if (!lua_checkstack(thread, 1)) luaL_error(L, "stack overflow");
  lua_pushthread(thread);
  lua_xmove(thread, L, 1);
  lua_pushboolean(L, true);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

/* Raises the error of the wrapped coroutine, with the place added as Lua's own
   wrap does. The coroutine is closed first, while it still has the error. */
static int raise_of(lua_State *L, lua_State *thread) {
  int status = lua_status(thread); /* OK: it could not even be resumed */
  if (status != LUA_OK && status != LUA_YIELD)
    run_reset_thread(scripts_of(L), thread);
  lua_xmove(thread, L, 1);
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int resume_fail(lua_State *L, lua_State *thread, lua_KContext is_wrap) {
  if (is_wrap) return raise_of(L, thread);
  lua_pushboolean(L, false);
  lua_xmove(thread, L, 1);
  return 2;
}

static int resume_refuse(lua_State *L, lua_KContext is_wrap, const char *why) {
  if (is_wrap) return luaL_error(L, "%s", why);
  lua_pushboolean(L, false);
  lua_pushstring(L, why);
  return 2;
}

/* The wait is over: the results lie above the coroutine that waits for them. */
static int on_wait_over(lua_State *L, int status, lua_KContext is_wrap) {
  (void)status;
  lua_State *thread = lua_tothread(L, 1);
  return resume_coroutine(L, thread, lua_gettop(L) - 1, is_wrap);
}

/* The run was ended while this coroutine was running. */
static int end_with(lua_State *L, lua_State *thread, int status) {
  struct scripts *scripts = scripts_of(L);
  memory_end(&scripts->run.memory);
  run_note(L, thread);
  if (!run_close_thread(scripts, thread, status)) coroutine_forbid(L, thread);
  return run_abandon(L);
}

static int resume_coroutine(lua_State *L, lua_State *thread, int count,
                            lua_KContext is_wrap) {
  struct scripts *scripts = scripts_of(L);
  struct running node;
  if (scripts->tasks.depth >= CHAIN_MAX || !lua_checkstack(thread, count))
    return resume_refuse(L, is_wrap, "too many coroutines inside each other");
  lua_xmove(L, thread, count);
  int result_count = 0;
  int depth = scripts->tasks.depth;
  /* A coroutine that is resumed inside one that is being closed is not added:
     the closing one cannot pass a wait up. */
  if (depth > 0 && L == scripts->tasks.chain[depth - 1])
    scripts->tasks.chain[scripts->tasks.depth++] = thread;
  run_enter(scripts, &node, thread);
  int status = lua_resume(thread, L, count, &result_count);
  run_leave(scripts);
  scripts->tasks.depth = depth;
  if (scripts->run.cause != RUN_GOES_ON) return end_with(L, thread, status);
  if (status != LUA_OK && status != LUA_YIELD)
    return resume_fail(L, thread, is_wrap);
  if (status == LUA_YIELD && task_is_wait(thread, result_count)) {
    lua_settop(L, 1);
    return task_pass_wait(L, is_wrap, on_wait_over);
  }
  if (!lua_checkstack(L, result_count + 1)) {
    lua_pop(thread, result_count);
    return resume_refuse(L, is_wrap, "too many results to resume");
  }
  if (!is_wrap) lua_pushboolean(L, true);
  lua_xmove(thread, L, result_count);
  return is_wrap ? result_count : result_count + 1;
}

static int resume_start(lua_State *L, lua_State *thread, lua_KContext is_wrap) {
  int status = lua_status(thread);
  if (thread == L)
    return resume_refuse(L, is_wrap, "cannot resume non-suspended coroutine");
  if (is_asleep(L, thread))
    return resume_refuse(L, is_wrap,
                         "cannot resume a coroutine that waits in Base");
  if (status == LUA_OK && lua_gettop(thread) == 0)
    return resume_refuse(L, is_wrap, "cannot resume dead coroutine");
  lua_Debug frame;
  if (status == LUA_OK && lua_getstack(thread, 0, &frame))
    return resume_refuse(L, is_wrap, "cannot resume non-suspended coroutine");
  if (status != LUA_OK && status != LUA_YIELD)
    return resume_refuse(L, is_wrap, "cannot resume dead coroutine");
  return resume_coroutine(L, thread, lua_gettop(L) - 1, is_wrap);
}

/* coroutine.resume(thread, ...) -> true, ... | false, error */
static int f_resume(lua_State *L) {
  return resume_start(L, check_thread(L), false);
}

static int call_wrapped(lua_State *L) {
  lua_State *thread = lua_tothread(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  return resume_start(L, thread, true);
}

/* coroutine.wrap(function) -> function(...) -> ... */
static int f_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *thread = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, thread, 1);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

/* coroutine.yield(...) -> ... */
static int f_yield(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  if (scripts->tasks.current && L == scripts->tasks.chain[0])
    return luaL_error(L, "attempt to yield from outside a coroutine "
                         "(base.sleep waits)");
  return lua_yield(L, lua_gettop(L));
}

/* Suspended or dead, so that it may be closed. */
static bool is_suspended(lua_State *L, lua_State *thread) {
  lua_Debug frame;
  if (thread == L) return false;
  return lua_status(thread) != LUA_OK || !lua_getstack(thread, 0, &frame);
}

/* coroutine.close(thread) -> true | false, error. The upvalue is Lua's own
   close, which raises for a coroutine that is not suspended. */
static int f_close(lua_State *L) {
  lua_State *thread = check_thread(L);
  if (is_asleep(L, thread))
    return luaL_error(L, "cannot close a coroutine that waits in Base");
  lua_settop(L, 1);
  if (is_suspended(L, thread)) {
    struct scripts *scripts = scripts_of(L);
    bool is_fine = run_reset_thread(scripts, thread) == LUA_OK;
    lua_pushboolean(L, is_fine);
    if (is_fine) return 1;
    lua_xmove(thread, L, 1);
    return 2;
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, LUA_MULTRET);
  return lua_gettop(L);
}

void coroutine_open(lua_State *L) {
  lua_getglobal(L, "coroutine");
  lua_pushcfunction(L, f_resume);
  lua_setfield(L, -2, "resume");
  lua_pushcfunction(L, f_wrap);
  lua_setfield(L, -2, "wrap");
  lua_pushcfunction(L, f_yield);
  lua_setfield(L, -2, "yield");
  lua_getfield(L, -1, "close");
  lua_pushcclosure(L, f_close, 1);
  lua_setfield(L, -2, "close");
  lua_pop(L, 1);
}

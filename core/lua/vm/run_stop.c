/*
** Ends a run at the place where it is.
*/
#include "lib/log.h"
#include "lua/vm/coroutine.h"
#include "lua/vm/run.h"
#include "lua/vm/vm.h"

#include <lauxlib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static int leave_run(lua_State *L) {
  if (lua_isyieldable(L)) return lua_yield(L, 0);
  scripts_of(L)->run.raised = L;
  run_push_why(L);
  return lua_error(L);
}

/* A coroutine that outlived its run loses the hook. On a return event a C
   function that took long has returned: only now the line is known. */
static void on_hook(lua_State *L, lua_Debug *frame) {
  struct scripts *scripts = scripts_of(L);
  if (scripts->run.cause == RUN_GOES_ON) {
    lua_sethook(L, NULL, 0, 0);
    return;
  }
  memory_end(&scripts->run.memory);
  run_note(L, L);
  if (frame->event == LUA_HOOKCOUNT) leave_run(L);
}

void run_stop(struct scripts *scripts, enum run_cause cause) {
  if (scripts->run.cause == RUN_GOES_ON) scripts->run.cause = (int)cause;
  for (struct running *each = scripts->run.innermost; each; each = each->outer)
    lua_sethook(each->thread, on_hook, LUA_MASKCOUNT | LUA_MASKRET, 1);
}

int run_abandon(lua_State *L) {
  run_note(L, L);
  return leave_run(L);
}

/* --- what reports say --- */

static void print_why(struct scripts *scripts, char *why, size_t size) {
  const struct run *run = &scripts->run;
  const struct memory *memory = &run->memory;
  uint64_t held;
  switch ((enum run_cause)run->cause) {
  case RUN_GOES_ON:
    break;
  case RUN_TIME:
    held = atomic_load(&run->watchdog.held);
    snprintf(
        why, size, /* whole numbers do not depend on the locale */
        "limits.run_time has passed: the event loop was blocked for %u.%u s",
        (unsigned)(held / 1000), (unsigned)(held % 1000 / 100));
    break;
  case RUN_MEMORY:
    snprintf(why, size, "limits.run_memory has passed: one run may add %zu KiB",
             memory->most_of_run >> 10);
    break;
  case RUN_HEAP:
    snprintf(why, size,
             "limits.memory is used up: the scripts hold %zu of %zu KiB",
             memory->used >> 10, memory->limit >> 10);
    break;
  case RUN_EXIT:
    snprintf(why, size, "os.exit was called");
    break;
  }
}

/* Base's own Lua, which is compiled in, is not a place. */
static bool is_place(const lua_Debug *frame) {
  return frame->currentline > 0 && strncmp(frame->source, "=base.", 6) != 0;
}

static void print_place(lua_State *thread, char *place, size_t size) {
  lua_Debug frame;
  for (int level = 0; lua_getstack(thread, level, &frame); level++) {
    lua_getinfo(thread, "Sl", &frame);
    if (!is_place(&frame)) continue;
    snprintf(place, size, "%s:%d: ", frame.short_src, frame.currentline);
    return;
  }
}

void run_note(lua_State *L, lua_State *thread) {
  struct scripts *scripts = scripts_of(L);
  struct buffer *story = &scripts->run.story;
  char why[128] = "", place[LUA_IDSIZE + 16] = "";
  if (story->size > 0 || scripts->run.cause == RUN_EXIT) return;
  print_why(scripts, why, sizeof why);
  print_place(thread, place, sizeof place);
  lua_pushfstring(L, "%s%s", place, why);
  luaL_traceback(L, thread, lua_tostring(L, -1), 0);
  buffer_append_string(story, lua_tostring(L, -1));
  lua_pop(L, 2);
}

void run_push_why(lua_State *L) {
  const struct buffer *story = &scripts_of(L)->run.story;
  if (story->size == 0) {
    char why[128] = "";
    print_why(scripts_of(L), why, sizeof why);
    lua_pushstring(L, why);
    return;
  }
  const char *end = memchr(story->bytes, '\n', story->size);
  lua_pushlstring(L, story->bytes,
                  end ? (size_t)(end - story->bytes) : story->size);
}

/* --- closing --- */

/* Since Lua 5.4.6 lua_resetthread counts nested C calls from 0 again:
   coroutines that close each other without end would overflow the C stack. */
static int close_thread(lua_State *thread, lua_State *from) {
#if LUA_VERSION_RELEASE_NUM >= 50406
  return lua_closethread(thread, from);
#else
  (void)from;
  return lua_resetthread(thread);
#endif
}

int run_reset_thread(struct scripts *scripts, lua_State *thread) {
  struct running node;
  const struct running *outer = scripts->run.innermost;
  run_enter(scripts, &node, thread);
  int status = close_thread(thread, outer ? outer->thread : NULL);
  run_leave(scripts);
  return status;
}

/* After an error from a hook Lua leaves hooks switched off in that coroutine: a
   __close that loops there could not be stopped. */
bool run_close_thread(struct scripts *scripts, lua_State *thread, int status) {
  struct run *run = &scripts->run;
  bool has_failed = status != LUA_OK && status != LUA_YIELD;
  if (run->is_closed || (has_failed && run->raised == thread)) return false;
  int cause = run->cause;
  if (!run->is_closing)
    run_again(scripts); /* now no signal is under way for
                           this run */
  run->is_closing = true;
  run->cause = RUN_GOES_ON;
  lua_sethook(thread, NULL, 0, 0);
  run_reset_thread(scripts, thread);
  run->is_closed = run->cause != RUN_GOES_ON;
  run->cause = cause;
  return true;
}

static void tell_of_delay(struct scripts *scripts, lua_State *thread) {
  lua_sethook(thread, NULL, 0, 0);
  run_push_why(scripts->L);
  log_event(LOG_WARN, "%s", lua_tostring(scripts->L, -1));
  lua_pop(scripts->L, 1);
}

enum run_cause run_close_root(struct scripts *scripts, lua_State *thread,
                              int status) {
  enum run_cause cause = (enum run_cause)scripts->run.cause;
  if (cause == RUN_GOES_ON) return cause;
  memory_end(&scripts->run.memory);
  run_note(scripts->L, thread);
  if (status == LUA_OK) {
    tell_of_delay(scripts, thread);
    return RUN_GOES_ON;
  }
  run_close_thread(scripts, thread, status);
  return cause;
}

void run_forgive(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  if (scripts->run.cause == RUN_GOES_ON) return;
  run_again(scripts); /* now no signal is under way for this run */
  run_excuse(L);
}

void run_excuse(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  if (scripts->run.cause == RUN_GOES_ON) return;
  memory_begin(&scripts->run.memory);
  scripts->run.cause = RUN_GOES_ON;
  scripts->run.is_closing = scripts->run.is_closed = false;
  scripts->run.raised = NULL;
  scripts->run.story.size = 0;
  lua_sethook(L, NULL, 0, 0);
}

void run_finish_threads(struct scripts *scripts, lua_State *const *threads,
                        int count) {
  struct running root;
  run_begin(scripts, &root, scripts->L);
  for (int i = 0; i < count && scripts->run.cause == RUN_GOES_ON; i++) {
    run_reset_thread(scripts, threads[i]);
    lua_settop(threads[i], 0); /* else an error left there would be taken for a
                                  function */
  }
  for (int i = 0; i < count; i++)
    if (lua_status(threads[i]) == LUA_YIELD)
      coroutine_forbid(scripts->L, threads[i]);
  int cause = scripts->run.cause;
  run_end(scripts);
  lua_sethook(scripts->L, NULL, 0, 0);
  if (cause == RUN_GOES_ON || cause == RUN_EXIT) return;
  run_push_why(scripts->L);
  log_event(LOG_ERROR, "while <close> variables ran: %s",
            lua_tostring(scripts->L, -1));
  lua_pop(scripts->L, 1);
}

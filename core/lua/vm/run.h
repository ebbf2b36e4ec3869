#ifndef BASE_LUA_VM_RUN_H
#define BASE_LUA_VM_RUN_H

/*
** A run: what a script does without a pause, from the loop's call until it
** waits or ends. Its limits are kept here, and it is ended here.
**
** To end it, a hook that counts to one is set on every coroutine of the run.
** It fires at the next instruction, and yields; no pcall sees that. Where
** nothing can yield, inside a callback of a C function, it raises, again and
** again, until a place is reached where something can. As the one who sets it
** may be the handler of a signal, the list of those coroutines can be read at
** any moment. In ordinary running there is no hook.
**
** What was ended is closed, so that its <close> variables run, in a time of
** their own, once for all coroutines of the run; and then dropped.
*/
#include "lib/buffer.h"
#include "lib/minute.h"
#include "lua/vm/memory.h"
#include "lua/vm/watchdog.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct scripts;

enum run_cause {
  RUN_GOES_ON,
  RUN_TIME,   /* limits.run_time */
  RUN_MEMORY, /* limits.run_memory */
  RUN_HEAP,   /* limits.memory */
  RUN_EXIT    /* os.exit: nothing went wrong */
};

/* A coroutine of the run. It lies on the stack of C, beside what runs it. */
struct running {
  lua_State *thread;
  struct running *outer; /* that resumed it, or closes it; NULL: nobody */
};

struct run {
  struct running *innermost; /* read by the handler of a signal */
  volatile int cause;        /* enum run_cause; it may set that, too */
  bool is_closing;           /* the time of <close> variables has begun */
  bool is_closed;            /* and has passed: no more of them run */
  lua_State *raised;         /* in which the hook had to raise, or NULL */
  struct buffer story;       /* "place: why", then the traceback */
  uint64_t collected;        /* of the clock, or 0: when it was of no use */
  struct minute shortages;   /* of memory, in the log */
  struct watchdog watchdog;
  struct memory memory;
};

/* False (after a log line) when there is no thread to be had. */
bool run_open(struct scripts *scripts);
void run_close(struct scripts *scripts);

/* Milliseconds and bytes; 0: no limit. At once, also for the run now. */
void run_set_limits(struct scripts *scripts, uint64_t time, uint64_t memory,
                    uint64_t heap);

/* Whether the heap is short; looks, now and then, what of it is garbage. To be
   asked, while nothing runs, before somebody new is let in. */
bool run_is_short(struct scripts *scripts);

/* A run begins, of which `root` and its thread are the outermost. */
void run_begin(struct scripts *scripts, struct running *root,
               lua_State *thread);
void run_end(struct scripts *scripts);

/* One more coroutine inside it, until run_leave. */
void run_enter(struct scripts *scripts, struct running *inner,
               lua_State *thread);
void run_leave(struct scripts *scripts);

/* Its time and memory are counted from here on. */
void run_again(struct scripts *scripts);

/* Ends the run at its next instruction. */
void run_stop(struct scripts *scripts, enum run_cause cause);

/* Raises where the run was to be ended: for what works long where no hook
   reaches it. */
static inline void run_look(lua_State *L, const struct run *run) {
  if (run->innermost && run->cause != RUN_GOES_ON)
    luaL_error(L, "the run was ended");
}

/* The last call of a C function that finds its run ended: `return
   run_abandon(L);`. */
int run_abandon(lua_State *L);

/* What was to be ended has ended: the rest of the run on L goes on. */
void run_forgive(lua_State *L);

/* The same, but the time goes on: it was not that which had passed. */
void run_excuse(lua_State *L);

/* Notes where `thread` was ended, unless it is noted where one inside it was.
   Raises, in L, out of memory. */
void run_note(lua_State *L, lua_State *thread);

/* Closes a coroutine of a run that was ended, which lua_resume left with
   `status`. False when it could not be: it must never run or be closed again.
 */
bool run_close_thread(struct scripts *scripts, lua_State *thread, int status);

/* Looks whether the run that lua_resume left with `status` was to be ended, and
   if so closes its outermost coroutine. What has ended by itself meanwhile is
   only logged. */
enum run_cause run_close_root(struct scripts *scripts, lua_State *thread,
                              int status);

/* lua_resetthread, inside a run. */
int run_reset_thread(struct scripts *scripts, lua_State *thread);

/* lua_resetthread of all of them, innermost first, as a run of its own; once
   that has been ended the others stay as they are, and nobody may resume them.
 */
void run_finish_threads(struct scripts *scripts, lua_State *const *threads,
                        int count);

/* Pushes "place: why". */
void run_push_why(lua_State *L);

#endif

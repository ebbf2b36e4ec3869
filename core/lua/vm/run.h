#ifndef BASE_LUA_VM_RUN_H
#define BASE_LUA_VM_RUN_H

/*
** A run is what a script does without a pause, from the loop's call until the
** script waits or ends. This part keeps the limits of a run and ends it.
**
** To end a run, a hook that counts to one is set on every coroutine of the run.
** It fires at the next instruction and yields; no pcall sees that. Where
** nothing can yield, inside a callback of a C function, the hook raises, again
** and again, until execution reaches a place where it can yield. The hook may
** be set by a signal handler, so the list of those coroutines is readable at
** any moment. While no run is being ended there is no hook.
**
** A coroutine that was ended is closed, so that its <close> variables run. They
** have a time limit of their own, one for all coroutines of the run. Then the
** coroutine is dropped.
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

/* A coroutine of the run. The struct lies on the C stack of the function that
   runs the coroutine. */
struct running {
  lua_State *thread;
  struct running *outer; /* the one that resumed or closes it; NULL for the
                            outermost */
};

struct run {
  struct running *innermost; /* read by a signal handler */
  volatile int cause;        /* enum run_cause; a signal handler may set it */
  bool is_closing;           /* <close> variables are running */
  bool is_closed;            /* their time has passed: no more of them run */
  lua_State *raised;         /* the coroutine in which the hook had to raise, or
                                NULL */
  struct buffer story;       /* "place: why", then the traceback */
  uint64_t collected;        /* time of the last full collection of a short
                                heap, or 0 */
  struct minute shortages;   /* limits the log lines about short memory */
  struct watchdog watchdog;
  struct memory memory;
};

/* False when the watchdog's thread cannot be started. */
bool run_open(struct scripts *scripts);
void run_close(struct scripts *scripts);

/* Milliseconds and bytes; 0: no limit. Also applies to the current run. */
void run_set_limits(struct scripts *scripts, uint64_t time, uint64_t memory,
                    uint64_t heap);

/* Whether the heap is short. Now and then it collects all garbage first. Call
   it only while no script runs, before a new client is let in. */
bool run_is_short(struct scripts *scripts);

/* Begins a run; `root` with `thread` is its outermost coroutine. */
void run_begin(struct scripts *scripts, struct running *root,
               lua_State *thread);
void run_end(struct scripts *scripts);

/* Adds one more coroutine inside the run, until run_leave. */
void run_enter(struct scripts *scripts, struct running *inner,
               lua_State *thread);
void run_leave(struct scripts *scripts);

/* Starts counting the run's time and memory anew. */
void run_again(struct scripts *scripts);

/* Ends the run at its next instruction. */
void run_stop(struct scripts *scripts, enum run_cause cause);

/* Raises if the run is being ended. For long work in C, which no hook
   reaches. */
static inline void run_look(lua_State *L, const struct run *run) {
  if (run->innermost && run->cause != RUN_GOES_ON)
    luaL_error(L, "the run was ended");
}

/* The last call of a C function that finds its run ended: `return
   run_abandon(L);`. */
int run_abandon(lua_State *L);

/* The part of the run that was being ended has ended: the rest, on L, goes on,
   with its time and memory counted anew. */
void run_forgive(lua_State *L);

/* The same, but the time goes on, since it was not the time limit that
   passed. */
void run_excuse(lua_State *L);

/* Notes where `thread` was ended, unless a place inside it was noted already.
   Raises, in L, when memory runs out. */
void run_note(lua_State *L, lua_State *thread);

/* Closes a coroutine of a run that is being ended; lua_resume returned `status`
   for it. False when it could not be closed: then it must never run or be
   closed again. */
bool run_close_thread(struct scripts *scripts, lua_State *thread, int status);

/* If the run is being ended, closes its outermost coroutine, for which
   lua_resume returned `status`. If that coroutine had meanwhile ended by
   itself, this only writes a log line. */
enum run_cause run_close_root(struct scripts *scripts, lua_State *thread,
                              int status);

/* Calls lua_resetthread as a part of the run. */
int run_reset_thread(struct scripts *scripts, lua_State *thread);

/* Calls lua_resetthread for all of them, innermost first, as a run of its own.
   If that run is ended, the others stay as they are, and no script can resume
   them. */
void run_finish_threads(struct scripts *scripts, lua_State *const *threads,
                        int count);

/* Pushes "place: why" of the run that is being ended. */
void run_push_why(lua_State *L);

#endif

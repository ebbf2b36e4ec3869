#ifndef BASE_LUA_VM_VM_H
#define BASE_LUA_VM_VM_H

/*
** The VM and what all bindings share. `struct scripts` is reached from any
** lua_State of the VM through its extra space.
**
** What Lua holds for us are the anchors: a reference in its registry for each,
** one array access away.
*/
#include "lib/buffer.h"
#include "lib/list.h"
#include "lib/map.h"
#include "lib/timers.h"
#include "lua/vm/anchor.h"
#include "lua/vm/run.h"
#include "lua/vm/seed.h"
#include "model/disconnects.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct scripts_events;
struct task_reports;
struct config;
struct http_client;
struct registry;
struct task;

enum { CHAIN_MAX = 190 }; /* below Lua's own limit of nested C calls */

/* Runs of scripts: those that are, and what they wait for (task.h, wait.h). */
struct tasks {
  struct task *current;        /* which runs now, or NULL */
  struct task *ending;         /* whose on_end is being called, or NULL */
  lua_State *chain[CHAIN_MAX]; /* its coroutines, outermost first */
  int depth;
  int call_depth;    /* of core.call */
  struct list live;  /* all that are ready, running or waiting, by `live` */
  struct list ready; /* by `queue`, as the next */
  struct task *idle; /* a stock with their coroutines */
  uint32_t idle_count;
  uint32_t live_count;
  uint32_t waiting_count;
  uint64_t moment;    /* counts what begins, so that it can be said what came
                         before what */
  struct timer rest;  /* when they are too many for one turn */
  struct list left;   /* calls to those who have gone: call.h */
  struct map tickets; /* ticket -> task that waits for somebody's answer */
  uint64_t next_ticket;
};

/* How far the end is. */
struct scripts_end {
  bool is_replaced; /* by a new process, to which everybody goes over */
  bool is_exiting;  /* os.exit was called: the end begins with the next turn */
  bool is_draining;
  bool is_stopped; /* nothing begins any more */
  uint16_t code;   /* with which connections are closed */
  uint64_t seed;   /* of the times after which they come back */
};

/* What the command line says, which wins over base.lua. */
struct scripts_overrides {
  int port;      /* 0: none */
  int log_level; /* -1: none */
};

struct scripts {
  lua_State *L; /* the one that we enter by */
  bool owns_state;
  bool is_loading;  /* files are being loaded: nothing may wait */
  bool is_checking; /* likewise, and are not to be used */
  struct registry *registry;
  struct config *config;
  struct http_client *http_client;
  struct timers *timers;
  const struct scripts_events *events;
  const struct task_reports *reports;
  void *context; /* of the events */
  int anchors[ANCHOR_COUNT + 1];
  const void *message_class; /* the address of ANCHOR_MESSAGE */
  lua_CFunction entering;    /* what the next trampoline calls; NULL once it
                                has returned */
  struct seeded seeded;      /* the state, where it is our own */
  struct run run;            /* what runs now: see run.h */
  struct tasks tasks;
  struct scripts_end end;
  struct scripts_overrides overrides;
  struct disconnects disconnects;
  size_t forget_at;       /* so many of them */
  uint32_t timer_count;   /* of base.after, every and spawn */
  uint32_t session_count; /* connections of which scripts know */
  struct buffer text;     /* of the message that is being encoded */
  struct buffer scratch;  /* of the string that is being decoded */
};

struct scripts *scripts_of(lua_State *L);

/* Calls `function` with `argument` as its light userdata at 1, protected, and
   then runs what became ready. The one way into Lua. False when the function
   raised: then memory ran out. Such an error is logged, as is one in a task,
   which does not stop the others. */
bool scripts_enter(struct scripts *scripts, lua_CFunction function,
                   void *argument);

/* Pushes a field of the project, and whether it is not nil; on nil nothing is
   left on the stack. */
bool project_push(lua_State *L, const char *field);

/* The same for a hook of base.lua (`on`). */
bool hook_push(lua_State *L, const char *name);

/* Whole milliseconds, rounded up; 0 for what is not more than 0. */
uint64_t to_milliseconds(lua_Number seconds);

/* Pushes `nil, "closed"`, what a method answers when the one it is about has
   gone, and returns their number. */
int push_closed(lua_State *L);

/* luaL_checknumber for a time in seconds, as milliseconds; raises unless it is
   more than 0 and less than 10^9. */
uint64_t check_seconds(lua_State *L, int index);

#endif

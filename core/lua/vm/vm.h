#ifndef BASE_LUA_VM_VM_H
#define BASE_LUA_VM_VM_H

/*
** The Lua VM and what all bindings share. `struct scripts` is reached from any
** lua_State of the VM through its extra space.
**
** The values that Lua keeps for C are the anchors: each has a reference in
** Lua's registry, which is one array access.
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
struct bus;
struct bus_answer;
struct http_client;
struct registry;
struct task;

enum { CHAIN_MAX = 190 }; /* below Lua's own limit of nested C calls */

/* The tasks: those that exist, and what they wait for (task.h, wait.h). */
struct tasks {
  struct task *current; /* the one that runs now, or NULL */
  struct task *ending;  /* the one that is being ended, or NULL */
  lua_State
      *chain[CHAIN_MAX]; /* the coroutines of `current`, outermost first */
  int depth;
  int call_depth;    /* of core.call */
  struct list live;  /* all that are ready, running or waiting, by `live` */
  struct list ready; /* by `queue` */
  struct task *idle; /* tasks kept for reuse, with their coroutines */
  uint32_t idle_count;
  uint32_t live_count;
  uint32_t waiting_count;
  uint64_t moment;    /* counts what begins, to know what began before what */
  struct timer rest;  /* runs the ready tasks that did not fit into a turn */
  struct list left;   /* callees that have left: call.h */
  struct map tickets; /* ticket -> task that waits for the answer */
  uint64_t next_ticket;
};

/* How far the shutdown is. */
struct scripts_end {
  bool is_replaced; /* a successor has taken over; the connections move to it */
  bool is_exiting;  /* os.exit was called: the shutdown begins with the next
                       turn */
  bool is_draining;
  bool is_stopped; /* no task begins any more */
  uint16_t code;   /* the close code for connections */
  uint64_t seed;   /* of the random times after which clients reconnect */
};

/* Settings of the command line, which win over base.lua. */
struct scripts_overrides {
  int port;      /* 0: none */
  int log_level; /* -1: none */
};

struct scripts {
  lua_State *L; /* the main state, by which Lua is entered */
  bool owns_state;
  bool is_loading;  /* files are being loaded: nothing may wait */
  bool is_checking; /* likewise, but only to check them */
  struct registry *registry;
  struct config *config;
  struct http_client *http_client;
  struct bus *bus;
  struct bus_answer *lost_answer; /* one that Lua had no memory for, or NULL */
  struct timers *timers;
  const struct scripts_events *events;
  const struct task_reports *reports;
  void *context; /* of the events */
  int anchors[ANCHOR_COUNT + 1];
  const void *message_class; /* the address of ANCHOR_MESSAGE */
  lua_CFunction entering;    /* the function that the trampoline calls; NULL
                                after it has returned */
  struct seeded seeded;      /* the state, if Base has made it */
  struct run run;            /* the current run: see run.h */
  struct tasks tasks;
  struct scripts_end end;
  struct scripts_overrides overrides;
  struct disconnects disconnects;
  size_t forget_at;       /* at so many of them old ones are removed */
  uint32_t timer_count;   /* of base.after, every and spawn */
  uint32_t session_count; /* connections that scripts know of */
  struct buffer text;     /* of the message that is being encoded */
  struct buffer scratch;  /* of the string that is being decoded */
};

struct scripts *scripts_of(lua_State *L);

/* Calls `function` with `argument` as a light userdata at index 1, protected,
   and then runs the tasks that became ready. This is the only way into Lua.
   False when the function raised, which means that memory ran out. Such an
   error is logged; so is one in a task, which does not stop the others. */
bool scripts_enter(struct scripts *scripts, lua_CFunction function,
                   void *argument);

/* Pushes a field of the project and returns true; on nil it pushes nothing and
   returns false. */
bool project_push(lua_State *L, const char *field);

/* The same for a hook of base.lua (`on`). */
bool hook_push(lua_State *L, const char *name);

/* Seconds as whole milliseconds, rounded up; 0 unless `seconds` is above 0. */
uint64_t to_milliseconds(lua_Number seconds);

/* Pushes `nil, "closed"`, what a method returns when its object is gone, and
   returns 2. */
int push_closed(lua_State *L);

/* luaL_checknumber for a time in seconds; returns milliseconds. Raises unless
   it is above 0 and less than 10^9. */
uint64_t check_seconds(lua_State *L, int index);

#endif

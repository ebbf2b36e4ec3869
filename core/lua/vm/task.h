#ifndef BASE_LUA_VM_TASK_H
#define BASE_LUA_VM_TASK_H

/*
** One call of a script: a coroutine from a pool, and whatever it waits for.
**
** ready → running ⇄ waiting → ended. A task is started only from the loop;
** what a script causes to run (a hook, the next message) becomes ready and runs
** when the script that caused it waits or ends. What waits yields to Base;
** whoever finishes the wait pushes the results on task->thread and wakes it.
*/
#include "lib/list.h"
#include "lib/timers.h"
#include "model/quota.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct scripts;
struct buffer;
struct connection;

enum task_state { TASK_READY, TASK_RUNNING, TASK_WAITING };

/* How a task ended. */
enum task_end {
  TASK_DONE,      /* its results are on task->thread */
  TASK_RAISED,    /* its error is at the top of task->thread */
  TASK_TIMED_OUT, /* limits.action_time has passed */
  TASK_STOPPED    /* the server or a reload ended it */
};

struct task;

/* Who reports what did not go well (session/report). Called with the stack of
   the task still there; where it is not, `story` is its error and traceback,
   else NULL. */
struct task_reports {
  void (*end)(struct task *task, enum task_end end, const struct buffer *story);
  void (*slow)(struct task *task, uint64_t milliseconds);
};

struct task {
  struct scripts *scripts;
  lua_State *thread;
  int reference; /* of the thread */
  int carried;   /* reference of the message that it serves, or of false */
  int noted;     /* reference of the script's function, or of false */
  bool has_noted;
  const char *what; /* it runs, in a word that lasts: "on.connect" */
  enum task_state state;
  int argument_count;
  bool is_limited;       /* action_time holds for it */
  bool is_turned_away;   /* told that limits.coroutines or timers is reached */
  bool may_answer_later; /* it has spawned, or timed, what may answer for it */
  bool is_last_resort;   /* the hook `error`: its own failure is only logged */
  bool is_strangers;     /* see task_is_strangers */
  uint64_t started;      /* of the clock, when it became ready */
  uint64_t began;        /* the moment of that; of the task that spawned it, */
  uint64_t began_for;    /* and on whose behalf that ran */
  uint64_t connection;   /* on whose behalf it runs, or 0 */
  uint64_t owner;        /* on_end's: an exchange, a timer */
  void *owner_data;      /* on_end's */
  struct charge charge;  /* what it keeps of a message or a request */
  uint64_t ticket;       /* of the answer that it waits for, or 0 */
  const char *word;      /* what the wait says when its time is over, or NULL */
  struct timer wake;
  struct timer limit;
  lua_State **nested; /* coroutines of the script inside which it waits */
  int nested_count;
  void (*on_end)(struct task *task, enum task_end end);
  void *waits_for; /* on_leave's */
  /* The wait is over, however it ended; or NULL. Takes the task off the list of
     those who wait for the same. */
  void (*on_leave)(struct task *task);
  struct list_link live;
  struct list_link queue; /* ready, or waiting for the same */
  struct task *next_idle;
};

/* A task whose thread is empty: push a function and its arguments there and
   then call task_ready, before another one is made; should Lua raise in
   between, nothing is lost. Raises out of memory. Errors are reported before
   `on_end`, which may be NULL. */
struct task *task_new(struct scripts *scripts, struct connection *connection,
                      void (*on_end)(struct task *, enum task_end));

/* Notes the script's function at the top of L, which stays there: reports name
   it, as a call in tail position leaves nothing of it on the stack. */
void task_note(lua_State *L, struct task *task);

/* Pushes "file:line" of the function that was noted, or nil. */
void task_push_place(lua_State *L, const struct task *task);

/* Whether it runs on behalf of somebody of whom nobody knows who it is: a
   connection that has no user yet, a request to the handler of HTTP; or because
   of one that does. task_new says so by the connection, others whoever makes
   it. */
bool task_is_strangers(const struct task *task);

/* It runs next, when nothing else does. */
void task_ready(struct task *task, int argument_count);

/* Runs it, or lets it go on, with the top `argument_count` values of its
   thread. */
void task_resume(struct task *task, int argument_count);

/* Runs what is ready until nothing is; what is too much for a turn runs in the
   next. Not to be called while a task runs. */
void tasks_drain(struct scripts *scripts);

/* Lua has raised an error where nothing may: gives up the task that was running
   or ending then, closing the connection on whose behalf it ran. True when
   others are ready. May raise again. */
bool tasks_recover(struct scripts *scripts);

/* Raises: there is no room for what the script asks for. Where that ends the
   run of a message, it is answered with `busy`. */
int task_turn_away(lua_State *L, const char *why);

/* Ends a task where it is, unless it runs: its <close> variables run, its
   pcalls do not see it, and on_end hears how. From inside scripts_enter only.
 */
void task_stop(struct task *task, enum task_end how);

/* Memory ran out for what the task owes: closes the connection on whose behalf
   it runs, which else would wait for it. */
void task_fail_connection(const struct task *task);

/* Ends all tasks, and gives the idle ones back. */
void tasks_close(struct scripts *scripts);

#endif

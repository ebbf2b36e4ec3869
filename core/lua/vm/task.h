#ifndef BASE_LUA_VM_TASK_H
#define BASE_LUA_VM_TASK_H

/*
** A task is one call of a script: a coroutine from a pool, and what it waits
** for.
**
** ready → running ⇄ waiting → ended. A task is started only from the loop. What
** a script causes to run (a hook, the next message) becomes ready and runs when
** that script waits or ends. A script that waits yields to Base; the code that
** finishes the wait pushes the results on task->thread and wakes the task.
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

/* Reports failures and slow runs (session/report). `end` is called while the
   stack of the task is still there; where it is not, `story` is its error and
   traceback, else NULL. */
struct task_reports {
  void (*end)(struct task *task, enum task_end end, const struct buffer *story);
  void (*slow)(struct task *task, uint64_t milliseconds);
};

struct task {
  struct scripts *scripts;
  lua_State *thread;
  int reference; /* reference of `thread` */
  int carried; /* reference of the message that the task serves, or of false */
  int noted;   /* reference of the script's function, or of false */
  bool has_noted;
  const char *what; /* what the task runs, a static string: "on.connect" */
  enum task_state state;
  int argument_count;
  bool is_limited;     /* limits.action_time applies */
  bool is_turned_away; /* was refused for limits.coroutines or limits.timers */
  bool may_answer_later; /* it has started a timer or a task that may answer for
                            it */
  bool is_last_resort;   /* the hook `error`: its own failure is only logged */
  bool is_strangers;     /* see task_is_strangers */
  uint64_t started;      /* time when the task became ready */
  uint64_t began;        /* the moment at which it began, or the task that
                            spawned it did, */
  uint64_t began_for;    /* and the connection on whose behalf that one ran */
  uint64_t connection;  /* id of the connection on whose behalf it runs, or 0 */
  uint64_t owner;       /* for on_end: the id of an exchange */
  void *owner_data;     /* for on_end: a timer */
  struct charge charge; /* what it pays for the message or request that it
                           keeps */
  uint64_t ticket;      /* ticket of the answer that it waits for, or 0 */
  const char *word;     /* what the wait returns on timeout, or NULL */
  struct timer wake;
  struct timer limit;
  lua_State **nested; /* the script's own coroutines inside which it waits */
  int nested_count;
  void (*on_end)(struct task *task, enum task_end end);
  void *waits_for; /* for on_leave */
  /* Called when the wait is over, however it ended; or NULL. Removes the task
     from the list of tasks that wait for the same. */
  void (*on_leave)(struct task *task);
  struct list_link live;
  struct list_link queue; /* in the list of ready tasks, or of those that wait
                             for the same */
  struct task *next_idle;
};

/* Returns a task whose thread is empty. Push a function and its arguments
   there, then call task_ready before another task is made; if Lua raises in
   between, nothing is lost. Raises when memory runs out. Errors are reported
   before `on_end` is called, which may be NULL. */
struct task *task_new(struct scripts *scripts, struct connection *connection,
                      void (*on_end)(struct task *, enum task_end));

/* Notes the script's function at the top of L, which stays there. Reports name
   it: a tail call leaves nothing of it on the stack. */
void task_note(lua_State *L, struct task *task);

/* Pushes "file:line" of the function that was noted, or nil. */
void task_push_place(lua_State *L, const struct task *task);

/* Whether the task runs for a stranger: for a connection that has no user yet,
   for a request to the handler `http`, or because of another task that does.
   task_new decides it by the connection; in other cases the code that makes the
   task sets it. */
bool task_is_strangers(const struct task *task);

/* Queues the task behind the other ready ones. */
void task_ready(struct task *task, int argument_count);

/* Starts or resumes the task with the top `argument_count` values of its
   thread. */
void task_resume(struct task *task, int argument_count);

/* Runs ready tasks until none is left; if there are too many for one turn, the
   rest run in the next. Must not be called while a task runs. */
void tasks_drain(struct scripts *scripts);

/* Lua has raised an error outside of a script. Ends the task that was running
   or ending and closes the connection on whose behalf it ran. True when other
   tasks are ready. May raise again. */
bool tasks_recover(struct scripts *scripts);

/* Raises because there is no room for what the script asks for. If that ends
   the run of a message, the message is answered with `busy`. */
int task_turn_away(lua_State *L, const char *why);

/* Ends a waiting task: its <close> variables run, its pcalls do not see it, and
   on_end gets `how`. Call only inside scripts_enter. */
void task_stop(struct task *task, enum task_end how);

/* There is no memory for the task's answer: closes the connection on whose
   behalf it runs, which would otherwise wait for it. */
void task_fail_connection(const struct task *task);

/* Ends all tasks and frees the idle ones. */
void tasks_close(struct scripts *scripts);

#endif

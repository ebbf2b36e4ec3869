#ifndef BASE_LUA_VM_WAIT_H
#define BASE_LUA_VM_WAIT_H

/*
** Waiting in a script. A task that waits yields a mark of our own through all
** of the script's coroutines inside which it runs. The code that finishes the
** wait pushes the results on task->thread and wakes the task.
*/
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct scripts;
struct task;

/* Returns the running task if it may wait here; otherwise raises with the
   reason. */
struct task *task_check_wait(lua_State *L);

/* The last call of a C function that waits: `return task_wait(…);`. When the
   time has passed, the function returns nothing or, with a word, `nil, word`,
   unless task_wake came first. */
int task_wait(lua_State *L, struct task *task, uint64_t milliseconds,
              const char *word);

/* Wakes a waiting task; the waiting function returns the top `count` values of
   its thread. Call only inside scripts_enter, like every run. */
void task_wake(struct task *task, int count);

/* Gives the task that is about to wait a ticket, which the answer will name.
   task_find_ticket finds the task while it waits. Raises when memory runs
   out. */
uint64_t task_take_ticket(lua_State *L, struct task *task);
struct task *task_find_ticket(struct scripts *scripts, uint64_t ticket);

/* Ends the wait of a task, or one that could not begin: removes the task from
   the list that it is on. */
void wait_forget(struct task *task);

/* Call once for each new task. */
void wait_prepare(struct task *task);

/* Whether the coroutine yielded to Base and not to the code that resumed it.
   Pops the mark from its stack. */
bool task_is_wait(lua_State *thread, int yielded);

/* Passes the wait of an inner coroutine up: yields in its place. After the wait
   `continuation` runs with the results. */
int task_pass_wait(lua_State *L, lua_KContext context,
                   lua_KFunction continuation);

#endif

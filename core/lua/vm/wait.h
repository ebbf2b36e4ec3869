#ifndef BASE_LUA_VM_WAIT_H
#define BASE_LUA_VM_WAIT_H

/*
** A task that waits: it yields a mark of our own through all coroutines of the
** script inside which it runs. Whoever finishes the wait pushes the results on
** task->thread and wakes it.
*/
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct scripts;
struct task;

/* The task that runs, if it may wait here; raises otherwise, with the reason.
 */
struct task *task_check_wait(lua_State *L);

/* The last call of a C function that waits: `return task_wait(…);`. After
   that time the function returns nothing or, with a word, `nil, word`, unless
   task_wake came first. */
int task_wait(lua_State *L, struct task *task, uint64_t milliseconds,
              const char *word);

/* Wakes a waiting task with the top `count` values of its thread as what the
   waiting function returns. Like every run, from inside scripts_enter only. */
void task_wake(struct task *task, int count);

/* Gives the task that is about to wait a ticket that answers name;
   task_find_ticket finds it while it waits. Raises out of memory. */
uint64_t task_take_ticket(lua_State *L, struct task *task);
struct task *task_find_ticket(struct scripts *scripts, uint64_t ticket);

/* The wait of the task is over, or never began: takes it off whatever list it
   is on. */
void wait_forget(struct task *task);

/* To be called once for each task. */
void wait_prepare(struct task *task);

/* Whether the coroutine yielded to Base rather than to who resumed it. Takes
   the mark off its stack. */
bool task_is_wait(lua_State *thread, int yielded);

/* Passes the wait of an inner coroutine up: yields on its behalf, and goes on
   with `continuation` and the results. */
int task_pass_wait(lua_State *L, lua_KContext context,
                   lua_KFunction continuation);

#endif

#ifndef BASE_LUA_VM_REPORT_H
#define BASE_LUA_VM_REPORT_H

/*
** What becomes of a run that did not end well: the log, the answer `failed` or
** `timeout`, the hook `error`. Lua says it: lua/base/failure.lua.
*/

#include "lua/vm/task.h"

struct buffer;

/* Reports the end of a task whose stack is still there; where it is not, with
   `story` (else NULL): the error and its traceback. */
void report_end(struct task *task, enum task_end end,
                const struct buffer *story);

/* A run of the task has held the loop for so many milliseconds, which is more
   than limits.slow_run: the log says so. */
void report_slow(struct task *task, uint64_t milliseconds);

#endif

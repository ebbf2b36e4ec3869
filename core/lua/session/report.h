#ifndef BASE_LUA_SESSION_REPORT_H
#define BASE_LUA_SESSION_REPORT_H

/*
** What becomes of a run that did not end well: the log, the answer `failed` or
** `timeout`, the hook `error`. Lua says it: lua/base/failure.lua.
*/
struct task_reports;

extern const struct task_reports reports;

#endif

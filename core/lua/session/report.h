#ifndef BASE_LUA_SESSION_REPORT_H
#define BASE_LUA_SESSION_REPORT_H

/*
** Reports a run that failed: the log, the answer `failed` or `timeout`, the
** hook `error`. Lua does that: lua/base/failure.lua.
*/
struct task_reports;

extern const struct task_reports reports;

#endif

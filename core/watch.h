#ifndef BASE_WATCH_H
#define BASE_WATCH_H

/*
** Tells when a Lua file below the working directory is saved, added or removed.
** A burst of changes is told once. Folders whose names begin with a dot, and
** `node_modules`, are left out.
*/
struct watch;
typedef struct uv_loop_s uv_loop_t;

/* A folder that cannot be watched is a log line. NULL when memory ran out. */
struct watch *watch_start(uv_loop_t *loop, void (*on_change)(void *context),
                          void *context);

/* The loop has to run a little longer for its handles to close. */
void watch_stop(struct watch *watch);

#endif

#ifndef BASE_SERVER_WATCH_H
#define BASE_SERVER_WATCH_H

/*
** Reports changes of what a project consists of: a Lua file below its folder,
** or below a folder to which a link there leads; whatever else a load has read;
** and each link on the way, also the one to the project itself. A burst of
** changes is reported once. Folders whose names begin with a dot, and
** `node_modules`, are left out unless a load has looked there.
*/
#include <stdbool.h>

struct watch;
typedef struct uv_loop_s uv_loop_t;

/* What is watched, besides the working directory. */
struct watch_source {
  const char *project; /* its absolute path */
  /* Calls watch_see for each path that the last load has looked at. */
  void (*each_seen)(void *context, struct watch *watch);
  void (*on_change)(void *context);
  void *context;
};

/* Starts watching. A folder that cannot be watched is logged. The source must
   live as long as the watch; the caller owns it. NULL when memory ran out. */
struct watch *watch_start(uv_loop_t *loop, const struct watch_source *source);

/* Watches a file, or a folder and all below it. Called by each_seen. */
void watch_see(struct watch *watch, const char *path, bool is_folder);

/* Call after a load: watches what that load has looked at, too. NULL is
   fine. */
void watch_refresh(struct watch *watch);

/* The loop has to run a little longer for its handles to close. */
void watch_stop(struct watch *watch);

#endif

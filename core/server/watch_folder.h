#ifndef BASE_SERVER_WATCH_FOLDER_H
#define BASE_SERVER_WATCH_FOLDER_H

/*
** The folders that are watched, each once, whatever path leads to it: for all
** Lua files and folders in it, or only for some names.
*/
#include <stdbool.h>

struct watch_folder;
typedef struct uv_loop_s uv_loop_t;

struct watch_folders {
  uv_loop_t *loop;
  struct watch_folder *first;
  int count;
  bool is_full;    /* and that was logged */
  bool has_failed; /* a folder could not be watched, and that was logged */
  void (*on_touched)(void *context);
  void *context;
};

/* `on_touched` is called at each change. */
void watch_folders_open(struct watch_folders *folders, uv_loop_t *loop,
                        void (*on_touched)(void *context), void *context);

/* Watches a folder for one name in it; NULL: for its Lua files and folders.
   False when that was watched already, or cannot be. */
bool watch_folders_add(struct watch_folders *folders, const char *path,
                       const char *name);

/* Stops watching. The loop has to run a little longer for the handles to
   close. */
void watch_folders_forget(struct watch_folders *folders);

#endif

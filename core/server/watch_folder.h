#ifndef BASE_SERVER_WATCH_FOLDER_H
#define BASE_SERVER_WATCH_FOLDER_H

/*
** Folders that are watched, each once, however it is called: for the Lua files
** and the folders in it, or for some names only.
*/
#include <stdbool.h>

struct watch_folder;
typedef struct uv_loop_s uv_loop_t;

struct watch_folders {
  uv_loop_t *loop;
  struct watch_folder *first;
  int count;
  bool is_full;    /* and that has been told */
  bool has_failed; /* likewise */
  void (*on_touched)(void *context);
  void *context;
};

/* `on_touched` is called at each change. */
void watch_folders_open(struct watch_folders *folders, uv_loop_t *loop,
                        void (*on_touched)(void *context), void *context);

/* Watches a folder for a name in it, or for NULL: for its Lua files and
   folders. False when it was watched for that already, or it cannot be. */
bool watch_folders_add(struct watch_folders *folders, const char *path,
                       const char *name);

/* Watches nothing any more. The loop has to run a little longer for the handles
   to close. */
void watch_folders_forget(struct watch_folders *folders);

#endif

#include "server/watch_folder.h"

#include "lib/log.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

enum { FOLDERS_MAX = 4096 };

struct name {
  struct name *next;
  char text[];
};

struct watch_folder {
  uv_fs_event_t event;
  struct watch_folder *next;
  dev_t device;
  ino_t inode;
  bool is_whole;      /* watched for its Lua files and folders, not only for
                         `names` */
  struct name *names; /* names that are watched, whatever they are */
  char path[];
};

void watch_folders_open(struct watch_folders *folders, uv_loop_t *loop,
                        void (*on_touched)(void *context), void *context) {
  *folders = (struct watch_folders){
      .loop = loop, .on_touched = on_touched, .context = context};
  loop->data = folders;
}

static void free_folder(uv_handle_t *handle) {
  struct watch_folder *folder = handle->data;
  while (folder->names) {
    struct name *name = folder->names;
    folder->names = name->next;
    free(name);
  }
  free(folder);
}

void watch_folders_forget(struct watch_folders *folders) {
  while (folders->first) {
    struct watch_folder *folder = folders->first;
    folders->first = folder->next;
    uv_close((uv_handle_t *)&folder->event, free_folder);
  }
  folders->count = 0;
}

/* --- which changes count --- */

static bool has_name(const struct watch_folder *folder, const char *name) {
  for (const struct name *each = folder->names; each; each = each->next)
    if (strcmp(each->text, name) == 0) return true;
  return false;
}

static bool has_lua_suffix(const char *name) {
  size_t size = strlen(name);
  return size > 4 && strcmp(name + size - 4, ".lua") == 0;
}

/* Whether the path is a folder, or was one when it was watched. */
static bool is_folder(const struct watch_folders *folders, const char *path) {
  struct stat status;
  if (stat(path, &status) == 0) return S_ISDIR(status.st_mode);
  for (const struct watch_folder *each = folders->first; each;
       each = each->next)
    if (each->is_whole && strcmp(each->path, path) == 0) return true;
  return false;
}

static bool change_counts(const struct watch_folders *folders,
                          const struct watch_folder *folder, const char *name) {
  char path[PATH_MAX];
  if (has_name(folder, name)) return true;
  if (!folder->is_whole || name[0] == '.') return false;
  if (has_lua_suffix(name)) return true;
  snprintf(path, sizeof path, "%s/%s", folder->path, name);
  return is_folder(folders, path);
}

static void on_folder_event(uv_fs_event_t *event, const char *name, int events,
                            int status) {
  struct watch_folders *folders = event->loop->data;
  (void)events;
  if (status == 0 && name && change_counts(folders, event->data, name))
    folders->on_touched(folders->context);
}

/* --- which are watched --- */

static struct watch_folder *find_folder(const struct watch_folders *folders,
                                        const struct stat *status) {
  for (struct watch_folder *each = folders->first; each; each = each->next)
    if (each->inode == status->st_ino && each->device == status->st_dev)
      return each;
  return NULL;
}

static struct watch_folder *make_folder(struct watch_folders *folders,
                                        const char *path,
                                        const struct stat *status) {
  size_t size = strlen(path) + 1;
  struct watch_folder *folder = calloc(1, sizeof *folder + size);
  if (!folder) return NULL;
  memcpy(folder->path, path, size);
  folder->device = status->st_dev;
  folder->inode = status->st_ino;
  uv_fs_event_init(folders->loop, &folder->event);
  folder->event.data = folder;
  folder->next = folders->first;
  folders->first = folder;
  folders->count++;
  int failed = uv_fs_event_start(&folder->event, on_folder_event, path, 0);
  if (failed && !folders->has_failed)
    log_event(LOG_WARN, "cannot watch %s, and perhaps others: %s", path,
              uv_strerror(failed));
  folders->has_failed = folders->has_failed || failed;
  return folder;
}

static bool check_full(struct watch_folders *folders) {
  if (folders->count < FOLDERS_MAX) return false;
  if (!folders->is_full)
    log_event(LOG_WARN, "there are more than %d folders: not all are watched",
              FOLDERS_MAX);
  folders->is_full = true;
  return true;
}

static bool add_folder_name(struct watch_folder *folder, const char *text) {
  size_t size = strlen(text) + 1;
  if (has_name(folder, text)) return false;
  struct name *name = malloc(sizeof *name + size);
  if (!name) return false;
  memcpy(name->text, text, size);
  name->next = folder->names;
  folder->names = name;
  return true;
}

bool watch_folders_add(struct watch_folders *folders, const char *path,
                       const char *name) {
  struct stat status;
  if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  struct watch_folder *folder = find_folder(folders, &status);
  if (!folder && check_full(folders)) return false;
  if (!folder) folder = make_folder(folders, path, &status);
  if (!folder) return false;
  if (name) return add_folder_name(folder, name);
  bool is_new = !folder->is_whole;
  folder->is_whole = true;
  return is_new;
}

#include "watch.h"

#include "model/log.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

enum { PATH_SIZE = 1024, DEPTH_MAX = 16, SETTLE = 100 /* ms of silence */ };

struct folder {
  uv_fs_event_t event;
  struct folder *next;
  char path[];
};

struct watch {
  uv_loop_t *loop;
  uv_timer_t settle;
  struct folder *folders;
  void (*on_change)(void *context);
  void *context;
};

static void add_folder(struct watch *watch, const char *path, int depth);

static void free_folder(uv_handle_t *handle) {
  free(handle->data);
}

static void free_watch(uv_handle_t *handle) {
  free(handle->data);
}

static bool is_lua(const char *name) {
  size_t size = strlen(name);
  return size > 4 && strcmp(name + size - 4, ".lua") == 0;
}

static void forget_folders(struct watch *watch) {
  while (watch->folders) {
    struct folder *folder = watch->folders;
    watch->folders = folder->next;
    uv_close((uv_handle_t *)&folder->event, free_folder);
  }
}

/* All anew: a folder may be new, or another one of the same name. */
static void on_settled(uv_timer_t *timer) {
  struct watch *watch = timer->data;
  forget_folders(watch);
  add_folder(watch, ".", 0);
  watch->on_change(watch->context);
}

static void on_event(uv_fs_event_t *event, const char *name, int events,
                     int status) {
  struct watch *watch = event->loop->data;
  (void)events;
  if (status != 0 || !name || name[0] == '.') return;
  if (!is_lua(name) && strchr(name, '.')) return; /* no folder either */
  uv_timer_start(&watch->settle, on_settled, SETTLE, 0);
}

static void watch_folder(struct watch *watch, const char *path) {
  size_t size = strlen(path) + 1;
  struct folder *folder = calloc(1, sizeof *folder + size);
  if (!folder) return;
  memcpy(folder->path, path, size);
  uv_fs_event_init(watch->loop, &folder->event);
  folder->event.data = folder;
  folder->next = watch->folders;
  watch->folders = folder;
  int status = uv_fs_event_start(&folder->event, on_event, path, 0);
  if (status != 0)
    log_event(LOG_WARN, "%s is not watched: %s", path, uv_strerror(status));
}

static void add_folder(struct watch *watch, const char *path, int depth) {
  char below[PATH_SIZE];
  struct stat status;
  DIR *folder = opendir(path);
  if (!folder) return;
  watch_folder(watch, path);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    if (strcmp(entry->d_name, "node_modules") == 0) continue;
    int size = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
    if (size >= (int)sizeof below || depth >= DEPTH_MAX) continue;
    if (lstat(below, &status) == 0 && S_ISDIR(status.st_mode))
      add_folder(watch, below, depth + 1);
  }
  closedir(folder);
}

struct watch *watch_start(uv_loop_t *loop, void (*on_change)(void *context),
                          void *context) {
  struct watch *watch = calloc(1, sizeof *watch);
  if (!watch) return NULL;
  watch->loop = loop;
  watch->on_change = on_change;
  watch->context = context;
  loop->data = watch;
  uv_timer_init(loop, &watch->settle);
  watch->settle.data = watch;
  add_folder(watch, ".", 0);
  log_event(LOG_INFO, "watching: a saved Lua file is loaded at once");
  return watch;
}

void watch_stop(struct watch *watch) {
  forget_folders(watch);
  uv_close((uv_handle_t *)&watch->settle, free_watch);
}

#include "server/watch.h"

#include "lib/log.h"
#include "server/watch_folder.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum {
  DEPTH_MAX = 16,
  LINKS_MAX = 40, /* on the way to one file: the kernel's own limit */
  SETTLE = 100    /* milliseconds without a change before a burst is over */
};

struct watch {
  const struct watch_source *source;
  uv_timer_t settle;
  struct watch_folders folders;
};

static void add_watched_folder(struct watch *watch, const char *path,
                               int depth);

/* --- paths and the links on them --- */

/* A path that is cut at its last slash. The folder of a path without a slash is
   ".", the working directory. */
struct cut {
  char folder[PATH_MAX];
  const char *name;
};

static void cut_path(struct cut *cut_path, const char *path) {
  const char *slash = strrchr(path, '/');
  size_t size = slash ? (size_t)(slash - path) : 1;
  cut_path->name = slash ? slash + 1 : path;
  snprintf(cut_path->folder, sizeof cut_path->folder, "%.*s", (int)size,
           slash ? path : ".");
  if (size == 0) strcpy(cut_path->folder, "/");
}

static void add_path_name(struct watch *watch, const char *path) {
  struct cut parts;
  cut_path(&parts, path);
  watch_folders_add(&watch->folders, parts.folder, parts.name);
}

/* Replaces the link `path[0..size)` by its target. False when that does not
   fit, or when it is not a link any more. */
static bool follow_link(char path[PATH_MAX], size_t size) {
  char target[PATH_MAX];
  char whole[PATH_MAX];
  char link[PATH_MAX];
  struct cut parts;
  snprintf(link, sizeof link, "%.*s", (int)size, path);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length <= 0) return false;
  target[length] = '\0';
  cut_path(&parts, link);
  int all = target[0] == '/'
                ? snprintf(whole, sizeof whole, "%s%s", target, path + size)
                : snprintf(whole, sizeof whole, "%s/%s%s", parts.folder, target,
                           path + size);
  if (all < 0 || all >= PATH_MAX) return false;
  memcpy(path, whole, (size_t)all + 1);
  return true;
}

/* The length of the path up to the first part that is a link or does not exist;
   0 when there is none. */
static size_t find_turn(const char *path, bool *is_link) {
  char part[PATH_MAX];
  struct stat status;
  size_t size = 0;
  while (path[size]) {
    size += strspn(path + size, "/");
    size += strcspn(path + size, "/");
    snprintf(part, sizeof part, "%.*s", (int)size, path);
    bool is_there = lstat(part, &status) == 0;
    *is_link = is_there && S_ISLNK(status.st_mode);
    if (!is_there || *is_link) return size;
  }
  return 0;
}

/* Watches every link on the way to what a path names, each in the folder where
   it lies, and writes the resolved path to `real`. A part that does not exist
   is watched, too: it may appear. */
static void add_links(struct watch *watch, const char *path,
                      char real[PATH_MAX]) {
  bool is_link;
  snprintf(real, PATH_MAX, "%s", path);
  for (int i = 0; i < LINKS_MAX; i++) {
    char part[PATH_MAX];
    size_t size = find_turn(real, &is_link);
    if (size == 0) return;
    snprintf(part, sizeof part, "%.*s", (int)size, real);
    add_path_name(watch, part);
    if (!is_link || !follow_link(real, size)) return;
  }
}

/* --- folders --- */

static void add_entry(struct watch *watch, const char *path, const char *name,
                      int depth) {
  char below[PATH_MAX];
  char real[PATH_MAX];
  struct stat status;
  if (name[0] == '.' || strcmp(name, "node_modules") == 0) return;
  int size = snprintf(below, sizeof below, "%s/%s", path, name);
  if (size >= (int)sizeof below || depth >= DEPTH_MAX) return;
  if (lstat(below, &status) != 0) return;
  if (S_ISLNK(status.st_mode)) {
    if (stat(below, &status) != 0 || !S_ISDIR(status.st_mode)) return;
    add_links(watch, below, real);
  }
  if (S_ISDIR(status.st_mode)) add_watched_folder(watch, below, depth + 1);
}

/* A folder that is watched already is not walked again. */
static void add_watched_folder(struct watch *watch, const char *path,
                               int depth) {
  if (!watch_folders_add(&watch->folders, path, NULL)) return;
  DIR *folder = opendir(path);
  if (!folder) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
    add_entry(watch, path, entry->d_name, depth);
  closedir(folder);
}

void watch_see(struct watch *watch, const char *path, bool is_folder) {
  char real[PATH_MAX];
  add_links(watch, path, real);
  if (is_folder)
    add_watched_folder(watch, real, 0);
  else
    add_path_name(watch, real);
}

/* The project's name is watched, too: another folder may take its place without
   any link. */
void watch_refresh(struct watch *watch) {
  char real[PATH_MAX];
  if (!watch) return;
  add_path_name(watch, watch->source->project);
  add_links(watch, watch->source->project, real);
  add_watched_folder(watch, ".", 0);
  watch->source->each_seen(watch->source->context, watch);
}

/* --- changes --- */

/* Watches everything anew: a folder may be new, or another one of the same
   name. Changes during the load are seen; what the load looks at is watched
   afterwards. */
static void on_settled(uv_timer_t *timer) {
  struct watch *watch = timer->data;
  watch_folders_forget(&watch->folders);
  watch_refresh(watch);
  watch->source->on_change(watch->source->context);
}

static void on_touched(void *context) {
  struct watch *watch = context;
  uv_timer_start(&watch->settle, on_settled, SETTLE, 0);
}

static void free_watch(uv_handle_t *handle) {
  free(handle->data);
}

struct watch *watch_start(uv_loop_t *loop, const struct watch_source *source) {
  struct watch *watch = calloc(1, sizeof *watch);
  if (!watch) return NULL;
  watch->source = source;
  watch_folders_open(&watch->folders, loop, on_touched, watch);
  uv_timer_init(loop, &watch->settle);
  watch->settle.data = watch;
  watch_refresh(watch);
  log_event(LOG_INFO,
            "watching: the scripts are loaded again when a Lua file is saved");
  return watch;
}

void watch_stop(struct watch *watch) {
  watch_folders_forget(&watch->folders);
  uv_close((uv_handle_t *)&watch->settle, free_watch);
}

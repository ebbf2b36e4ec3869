#include "net/http/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

/* With O_NONBLOCK, opening a pipe does not block. */
enum { OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY };

/* Opens a path that contains no links. If the kernel has openat2, a link that
   was put there since then is not followed. */
static int open_resolved(const char *root, const char *rest) {
  int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -1;
  const char *path = *rest ? rest : ".";
  struct open_how how = {.flags = OPEN_FLAGS,
                         .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  int descriptor = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
  if (descriptor < 0 && (errno == ENOSYS || errno == EPERM)) {
    descriptor = openat(folder, path, OPEN_FLAGS | O_NOFOLLOW);
  }
  int error = errno;
  close(folder);
  errno = error;
  return descriptor;
}

/* The part of `resolved` below `root`; NULL when it is not below it. */
static const char *path_below(const char *root, const char *resolved) {
  size_t size = strlen(root);
  if (strncmp(root, resolved, size) != 0) return NULL;
  if (size == 1) return resolved + 1; /* root is "/" */
  if (resolved[size] == '\0') return resolved + size;
  return resolved[size] == '/' ? resolved + size + 1 : NULL;
}

static bool is_below(const char *folder, const char *resolved) {
  char root[PATH_MAX];
  return realpath(folder, root) && path_below(root, resolved);
}

static bool is_lua(const char *path) {
  static const char end[] = ".lua";
  size_t size = strlen(path);
  return size >= sizeof end - 1 &&
         strcasecmp(path + size - (sizeof end - 1), end) == 0;
}

/* Whether Base itself reads that file. */
static bool is_of_project(const char *resolved, const char *actions) {
  return is_below(actions, resolved) ||
         (is_lua(resolved) && is_below(".", resolved));
}

/* If `actions` is not NULL, files of the project fail with EPERM. */
static int open_below(const char *folder, const char *path,
                      const char *actions) {
  char root[PATH_MAX];
  char joined[PATH_MAX];
  char resolved[PATH_MAX];
  if (!realpath(folder, root)) return -1;
  int size = snprintf(joined, sizeof joined, "%s/%s", root, path);
  if (size < 0 || (size_t)size >= sizeof joined) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (!realpath(joined, resolved)) return -1;
  const char *rest = path_below(root, resolved);
  bool is_ours = rest && actions && is_of_project(resolved, actions);
  if (rest && !is_ours) return open_resolved(root, rest);
  errno = is_ours ? EPERM : ENOENT;
  return -1;
}

enum file_found file_open(struct file *file, const char *folder,
                          const char *path) {
  return file_open_other(file, folder, path, NULL);
}

enum file_found file_open_other(struct file *file, const char *folder,
                                const char *path, const char *actions) {
  struct stat status;
  int descriptor = open_below(folder, path, actions);
  if (descriptor < 0 && errno == EPERM && actions) return FILE_OURS;
  if (descriptor < 0) {
    bool is_busy = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
    return is_busy ? FILE_BUSY : FILE_NONE;
  }
  bool is_known = fstat(descriptor, &status) == 0;
  if (is_known && S_ISREG(status.st_mode)) {
    *file = (struct file){.descriptor = descriptor,
                          .size = (uint64_t)status.st_size,
                          .inode = (uint64_t)status.st_ino,
                          .modified = status.st_mtim};
    return FILE_OPEN;
  }
  close(descriptor);
  return is_known && S_ISDIR(status.st_mode) ? FILE_IS_FOLDER : FILE_NONE;
}

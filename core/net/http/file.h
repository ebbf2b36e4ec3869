#ifndef BASE_NET_HTTP_FILE_H
#define BASE_NET_HTTP_FILE_H

/*
** A file below a folder, opened for reading in such a way that nothing else can
** be meant: a symbolic link may lead anywhere inside of the folder and nowhere
** outside, and what is no regular file (a pipe, a device) is not there.
*/
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum file_found {
  FILE_OPEN,
  FILE_IS_FOLDER,
  FILE_NONE, /* none that may be read */
  FILE_OURS, /* one of the project's own, which nobody may read */
  FILE_BUSY  /* descriptors or memory ran out */
};

struct file {
  int descriptor; /* the caller's to close, with FILE_OPEN only */
  uint64_t size;
  uint64_t inode;
  struct timespec modified;
};

/* `path` is relative and has passed url_is_safe_path; "" is the folder. */
enum file_found file_open(struct file *file, const char *folder,
                          const char *path);

/* The same, but for what Base itself reads: Lua files of the project, which is
   the working directory, and what is in the folder of its actions. */
enum file_found file_open_other(struct file *file, const char *folder,
                                const char *path, const char *actions);

/* The media type that goes with the name's extension. */
const char *file_type(const char *path);

#endif

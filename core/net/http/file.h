#ifndef BASE_NET_HTTP_FILE_H
#define BASE_NET_HTTP_FILE_H

/*
** Opens a file below a folder safely: a symbolic link may lead anywhere inside
** the folder, and nowhere outside. Only regular files count; a pipe or a
** device is not found.
*/
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum file_found {
  FILE_OPEN,
  FILE_IS_FOLDER,
  FILE_NONE, /* no such file, or it may not be read */
  FILE_OURS, /* a file of the project, which is never sent */
  FILE_BUSY  /* descriptors or memory ran out */
};

struct file {
  int descriptor; /* only with FILE_OPEN: the caller closes it */
  uint64_t size;
  uint64_t inode;
  struct timespec modified;
};

/* `path` is relative and has passed url_is_safe_path; "" is the folder
   itself. */
enum file_found file_open(struct file *file, const char *folder,
                          const char *path);

/* The same, except for files that Base itself reads: the Lua files in the
   project, which is the working directory, and everything in the folder of its
   actions. */
enum file_found file_open_other(struct file *file, const char *folder,
                                const char *path, const char *actions);

/* The media type for the extension of the file's name. */
const char *file_type(const char *path);

#endif

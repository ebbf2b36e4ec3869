#ifndef BASE_NET_HTTP_CONDITION_H
#define BASE_NET_HTTP_CONDITION_H

/*
** What a request says about the version of a file that it has, and about the
** part that it wants (RFC 9110 sections 13 and 14).
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

struct head;

struct file_version {
  const char *tag;  /* "\"…\"", strong */
  const char *date; /* Last-Modified */
};

enum file_range {
  FILE_WHOLE,
  FILE_PART,
  FILE_UNSATISFIABLE /* 416 */
};

/* Whether the client has this version already: 304. */
bool file_is_known(const struct head *head, struct file_version version);

/* Which part is asked for, of a file of `size` bytes. Several ranges, and what
   is no range, are answered with the whole file; so is a range of a version
   that is not this one any more. */
enum file_range file_find_range(const struct head *head,
                                struct file_version version, uint64_t size,
                                uint64_t *offset, uint64_t *length);

#endif

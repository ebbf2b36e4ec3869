#ifndef BASE_NET_HTTP_CONDITION_H
#define BASE_NET_HTTP_CONDITION_H

/*
** The conditions of a request for a file: which version the client has, and
** which part it wants (RFC 9110 sections 13 and 14).
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

/* Whether the client has this version already; then the answer is 304. */
bool file_is_known(const struct head *head, struct file_version version);

/* Finds the part that is asked for, of a file of `size` bytes. It is the whole
   file for several ranges, for a range that is not valid, and for a range of
   another version. */
enum file_range file_find_range(const struct head *head,
                                struct file_version version, uint64_t size,
                                uint64_t *offset, uint64_t *length);

#endif

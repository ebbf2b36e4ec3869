#ifndef BASE_NET_HTTP_FILES_H
#define BASE_NET_HTTP_FILES_H

/*
** Files as answers: which file a request means, under which conditions, and
** which part of it. Writes nothing: the caller sends the fields and then the
** file, piece by piece.
*/
#include "lib/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct head;

struct http_file {
  int status;           /* 200, 206, 301, 304, 404, 405, 416 or 503 */
  struct buffer fields; /* the caller's to free */
  int descriptor;       /* the caller's to close; -1 when nothing is sent */
  uint64_t offset;
  uint64_t size; /* of the part that is sent: the Content-Length */
};

/* Finds the file of the public folder that the request's path names. */
void http_files_find(struct http_file *answer, const char *folder,
                     const struct head *head);

/* A file that a script wants to send. */
struct http_place {
  const char *folder;
  const char *path;    /* below the folder, not encoded */
  const char *actions; /* the folder of the project's actions, which are never
                          sent */
};

/* Opens that file, to be sent with this status. Conditions and ranges count
   only for a 200. False when it is one of the project's own files: then it is a
   404. */
bool http_files_get(struct http_file *answer, const struct http_place *place,
                    const struct head *head, int status);

/* Closes the file and frees the fields. */
void http_files_close(struct http_file *file);

#endif

#include "net/http/files.h"

#include "model/head.h"
#include "net/http/condition.h"
#include "net/http/file.h"
#include "net/http/url.h"
#include "net/socket/http_answer.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TAG_SIZE = 80 };

static bool is_method(const struct head *head, const char *method) {
  return text_equals(head_method(head), text_of(method));
}

static void print_tag(char tag[TAG_SIZE], const struct file *file) {
  snprintf(tag, TAG_SIZE, "\"%llx-%llx-%llx.%lx\"",
           (unsigned long long)file->inode, (unsigned long long)file->size,
           (unsigned long long)file->modified.tv_sec,
           (unsigned long)file->modified.tv_nsec);
}

static void drop_descriptor(struct http_file *answer) {
  if (answer->descriptor >= 0) close(answer->descriptor);
  answer->descriptor = -1;
}

void http_files_close(struct http_file *file) {
  drop_descriptor(file);
  buffer_free(&file->fields);
}

/* Chooses between 200, 206, 304 and 416. */
static void decide_status(struct http_file *answer, const struct file *file,
                          struct file_version version,
                          const struct head *head) {
  bool is_get = is_method(head, "GET");
  if ((is_get || is_method(head, "HEAD")) && file_is_known(head, version)) {
    answer->status = 304;
    return;
  }
  if (!is_get) return;
  uint64_t offset = 0;
  uint64_t size = 0;
  switch (file_find_range(head, version, file->size, &offset, &size)) {
  case FILE_PART:
    answer->status = 206;
    answer->offset = offset;
    answer->size = size;
    buffer_print(&answer->fields, "Content-Range: bytes %llu-%llu/%llu\r\n",
                 (unsigned long long)offset,
                 (unsigned long long)(offset + size - 1),
                 (unsigned long long)file->size);
    return;
  case FILE_UNSATISFIABLE:
    answer->status = 416;
    buffer_print(&answer->fields, "Content-Range: bytes */%llu\r\n",
                 (unsigned long long)file->size);
    return;
  default:
    return;
  }
}

static void describe_file(struct http_file *answer, const struct file *file,
                          const char *path, const struct head *head) {
  char tag[TAG_SIZE];
  char date[HTTP_DATE_SIZE];
  print_tag(tag, file);
  http_print_date(date, file->modified.tv_sec);
  answer->descriptor = file->descriptor;
  answer->size = file->size;
  if (answer->status == 200) {
    decide_status(answer, file, (struct file_version){tag, date}, head);
  }
  if (answer->status != 416) {
    if (answer->status != 304) {
      buffer_print(&answer->fields, "Content-Type: %s\r\n", file_type(path));
    }
    buffer_print(&answer->fields,
                 "ETag: %s\r\nLast-Modified: %s\r\nAccept-Ranges: bytes\r\n"
                 "Cache-Control: no-cache\r\n",
                 tag, date);
  }
  buffer_append_string(&answer->fields, "X-Content-Type-Options: nosniff\r\n");
  if (is_method(head, "HEAD") || answer->size == 0 || answer->status == 304 ||
      answer->status == 416) {
    drop_descriptor(answer);
  }
}

static void refuse_file(struct http_file *answer, int status) {
  answer->status = status;
  if (status == 405) {
    buffer_append_string(&answer->fields, "Allow: GET, HEAD\r\n");
  }
}

/* Redirects to the same path with a slash, so that relative links on the page
   lead below it. */
static void redirect_to_folder(struct http_file *answer,
                               const struct head *head) {
  struct text path = head_path(head);
  struct text query = head_query(head);
  struct buffer *fields = &answer->fields;
  answer->status = 301;
  buffer_append_string(fields, "Location: ");
  buffer_append(fields, path.bytes, path.size);
  buffer_append_string(fields, "/");
  if (query.size > 0) {
    buffer_append_string(fields, "?");
    buffer_append(fields, query.bytes, query.size);
  }
  buffer_append_string(fields, "\r\nCache-Control: no-cache\r\n");
}

/* If memory ran out for a field, the file is not sent, because the other fields
   could be wrong without it. */
static void check_fields(struct http_file *answer) {
  if (!answer->fields.failed) return;
  http_files_close(answer);
  *answer = (struct http_file){.status = 503, .descriptor = -1};
}

static void find_file(struct http_file *answer, const char *folder,
                      const struct head *head) {
  static const char index[] = "index.html";
  char path[PATH_MAX];
  struct file file;
  if (!is_method(head, "GET") && !is_method(head, "HEAD")) {
    refuse_file(answer, 405);
    return;
  }
  if (!url_to_path(head_path(head), path, sizeof path - sizeof index)) {
    refuse_file(answer, 404);
    return;
  }
  size_t size = strlen(path);
  bool names_folder = size == 0 || path[size - 1] == '/';
  if (names_folder) memcpy(path + size, index, sizeof index);
  switch (file_open(&file, folder, path)) {
  case FILE_OPEN:
    describe_file(answer, &file, path, head);
    return;
  case FILE_IS_FOLDER:
    if (names_folder) {
      refuse_file(answer, 404);
    } else {
      redirect_to_folder(answer, head);
    }
    return;
  default:
    refuse_file(answer, 404);
    return;
  case FILE_BUSY:
    refuse_file(answer, 503);
    return;
  }
}

void http_files_find(struct http_file *answer, const char *folder,
                     const struct head *head) {
  *answer = (struct http_file){.status = 200, .descriptor = -1};
  find_file(answer, folder, head);
  check_fields(answer);
}

bool http_files_get(struct http_file *answer, const struct http_place *place,
                    const struct head *head, int status) {
  struct file file;
  *answer = (struct http_file){.status = status, .descriptor = -1};
  enum file_found found = FILE_NONE;
  if (url_is_safe_path(text_of(place->path)))
    found = file_open_other(&file, place->folder, place->path, place->actions);
  if (found == FILE_OPEN) {
    describe_file(answer, &file, place->path, head);
  } else {
    refuse_file(answer, found == FILE_BUSY ? 503 : 404);
  }
  check_fields(answer);
  return found != FILE_OURS;
}

/* Files of a folder as answers: which, under which conditions, and which
   part. */
#include "model/head.h"
#include "net/http/file.h"
#include "net/http/files.h"

#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char root[] = "/tmp/base_files_XXXXXX"; /* holds public/ and secret */
static char folder[64];
static char tag[128];
static char date[128];

static const char *in(const char *name) {
  static char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void write_file(const char *path, const char *content) {
  FILE *file = fopen(path, "w");
  if (!CHECK(file)) return;
  fputs(content, file);
  fclose(file);
}

static void make_socket(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0);
  close(descriptor);
}

static void make_folder(void) {
  char outside[128];
  CHECK(mkdtemp(root));
  snprintf(folder, sizeof folder, "%s/public", root);
  CHECK(mkdir(folder, 0755) == 0 && mkdir(in("sub"), 0755) == 0 &&
        mkdir(in("bare"), 0755) == 0 && mkdir(in(".well-known"), 0755) == 0);
  snprintf(outside, sizeof outside, "%s/secret", root);
  write_file(outside, "secret");
  write_file(in("index.html"), "home");
  write_file(in("a.txt"), "0123456789");
  write_file(in("empty.css"), "");
  write_file(in("a b.JS"), "js");
  write_file(in("sub/index.html"), "sub");
  write_file(in(".hidden"), "hidden");
  write_file(in(".well-known/x"), "known");
  CHECK(symlink("a.txt", in("inside")) == 0);
  CHECK(symlink("../public/a.txt", in("around")) == 0);
  CHECK(symlink("../secret", in("outside")) == 0);
  CHECK(symlink(outside, in("absolute")) == 0);
  CHECK(symlink("..", in("up")) == 0);
  CHECK(symlink("loop", in("loop")) == 0);
  CHECK(symlink("nowhere", in("dangling")) == 0);
  CHECK(symlink("/dev/null", in("null")) == 0);
  snprintf(outside, sizeof outside, "%s/a.txt", folder);
  CHECK(symlink(outside, in("absolute-inside")) == 0);
  /* A folder whose name begins like ours is another one. */
  snprintf(outside, sizeof outside, "%s/public2", root);
  CHECK(mkdir(outside, 0755) == 0);
  CHECK(symlink("../public2", in("neighbour")) == 0);
  snprintf(outside, sizeof outside, "%s/public2/x", root);
  write_file(outside, "x");
  CHECK(mkfifo(in("pipe"), 0644) == 0);
  make_socket(in("socket"));
}

static void remove_folder(void) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", root);
  CHECK(system(command) == 0);
}

static struct http_file find(const char *method, const char *target,
                             const char *fields) {
  char text[1024];
  struct http_file file;
  int size = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\n%s\r\n", method,
                      target, fields);
  struct head *head = head_new(text, (size_t)size);
  http_files_find(&file, folder, head);
  free(head);
  return file;
}

static bool has(const struct http_file *file, const char *wanted) {
  return file->fields.bytes &&
         memmem(file->fields.bytes, file->fields.size, wanted, strlen(wanted));
}

/* The value of a field, up to its line's end. */
static void copy_field(const struct http_file *file, const char *name,
                       char *value, size_t size) {
  size_t name_size = strlen(name);
  const char *at =
      memmem(file->fields.bytes, file->fields.size, name, name_size);
  value[0] = '\0';
  if (!CHECK_CASE(at, name)) return;
  at += name_size;
  const char *end = strchr(at, '\r');
  snprintf(value, size, "%.*s", (int)(end - at), at);
}

/* What the answer's body would be. */
static bool sends(const struct http_file *file, const char *content) {
  char bytes[64];
  if (file->descriptor < 0) return false;
  ssize_t got =
      pread(file->descriptor, bytes, (size_t)file->size, (off_t)file->offset);
  return got == (ssize_t)strlen(content) &&
         memcmp(bytes, content, (size_t)got) == 0;
}

static void test_paths(void) {
  static const struct {
    const char *target;
    int status;
    const char *content;
  } cases[] = {
      {"/", 200, "home"},
      {"/?x=1", 200, "home"},
      {"/index.html", 200, "home"},
      {"/a.txt", 200, "0123456789"},
      {"/a%2etxt?b", 200, "0123456789"},
      {"/a%20b.JS", 200, "js"},
      {"/sub/", 200, "sub"},
      {"/.well-known/x", 200, "known"},
      {"/inside", 200, "0123456789"},
      {"/around", 200, "0123456789"},
      {"/absolute-inside", 200, "0123456789"},
      {"http://host/a.txt", 200, "0123456789"},
      {"/sub", 301, NULL},
      {"/bare/", 404, NULL},
      {"/nothing", 404, NULL},
      {"/a.txt/", 404, NULL},
      {"/a.txt/b", 404, NULL},
      {"/outside", 404, NULL},
      {"/absolute", 404, NULL},
      {"/up/secret", 404, NULL},
      {"/up/", 404, NULL},
      {"/up/public/a.txt", 200, "0123456789"},
      {"/neighbour/x", 404, NULL},
      {"/loop", 404, NULL},
      {"/dangling", 404, NULL},
      {"/null", 404, NULL},
      {"/pipe", 404, NULL},
      {"/socket", 404, NULL},
      {"/.hidden", 404, NULL},
      {"/../secret", 404, NULL},
      {"/%2e%2e/secret", 404, NULL},
      {"/sub/..%2fa.txt", 404, NULL},
      {"/sub%2findex.html", 404, NULL},
      {"//a.txt", 404, NULL},
      {"//evil.example/sub", 404, NULL},
      {"/a.txt%00", 404, NULL},
      {"/sub\\index.html", 404, NULL},
      {"*", 404, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct http_file file = find("GET", cases[i].target, "");
    CHECK_CASE(file.status == cases[i].status, cases[i].target);
    if (cases[i].content) {
      CHECK_CASE(sends(&file, cases[i].content), cases[i].target);
      CHECK_CASE(has(&file, "X-Content-Type-Options: nosniff\r\n") &&
                     has(&file, "Cache-Control: no-cache\r\n") &&
                     has(&file, "Accept-Ranges: bytes\r\n"),
                 cases[i].target);
    } else {
      CHECK_CASE(file.descriptor == -1, cases[i].target);
    }
    http_files_close(&file);
  }
}

static void test_long_path(void) {
  char target[900];
  memset(target, 'a', sizeof target);
  target[0] = '/';
  target[sizeof target - 1] = '\0';
  struct http_file file = find("GET", target, "");
  CHECK(file.status == 404);
  http_files_close(&file);
}

static void test_methods(void) {
  struct http_file file = find("HEAD", "/a.txt", "Range: bytes=2-3\r\n");
  CHECK(file.status == 200 && file.size == 10 && file.descriptor == -1);
  http_files_close(&file);
  static const char *const others[] = {"POST", "PUT", "OPTIONS", "DELETE"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    file = find(others[i], "/a.txt", "");
    CHECK_CASE(file.status == 405 && has(&file, "Allow: GET, HEAD\r\n"),
               others[i]);
    http_files_close(&file);
  }
}

static void test_redirect(void) {
  struct http_file file = find("GET", "/sub?a=b", "");
  CHECK(file.status == 301 && has(&file, "Location: /sub/?a=b\r\n"));
  CHECK(has(&file, "Cache-Control: no-cache\r\n"));
  http_files_close(&file);
  file = find("GET", "http://host/s%75b", "");
  CHECK(file.status == 301 && has(&file, "Location: /s%75b/\r\n"));
  http_files_close(&file);
}

static void test_types(void) {
  static const char *const types[][2] = {
      {"a.html", "text/html; charset=utf-8"},
      {"a.b/c.css", "text/css; charset=utf-8"},
      {"a.js", "text/javascript; charset=utf-8"},
      {"A.MJS", "text/javascript; charset=utf-8"},
      {"a.svg", "image/svg+xml; charset=utf-8"},
      {"a.png", "image/png"},
      {"a.wasm", "application/wasm"},
      {"a", "application/octet-stream"},
      {"a.b/c", "application/octet-stream"},
      {"a.html.unknown", "application/octet-stream"},
      {"a.", "application/octet-stream"},
  };
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    CHECK_CASE(strcmp(file_type(types[i][0]), types[i][1]) == 0, types[i][0]);
  }
}

static void test_empty(void) {
  struct http_file file = find("GET", "/empty.css", "");
  CHECK(file.status == 200 && file.size == 0 && file.descriptor == -1);
  CHECK(has(&file, "Content-Type: text/css; charset=utf-8\r\n"));
  http_files_close(&file);
  file = find("GET", "/empty.css", "Range: bytes=0-\r\n");
  CHECK(file.status == 416 && has(&file, "Content-Range: bytes */0\r\n"));
  http_files_close(&file);
}

static void test_ranges(void) {
  static const struct {
    const char *range;
    int status;
    const char *content;
    const char *field;
  } cases[] = {
      {"bytes=0-0", 206, "0", "Content-Range: bytes 0-0/10\r\n"},
      {"bytes=2-5", 206, "2345", "Content-Range: bytes 2-5/10\r\n"},
      {"Bytes=2-5", 206, "2345", "Content-Range: bytes 2-5/10\r\n"},
      {"bytes=7-", 206, "789", "Content-Range: bytes 7-9/10\r\n"},
      {"bytes=0-", 206, "0123456789", "Content-Range: bytes 0-9/10\r\n"},
      {"bytes=8-99", 206, "89", "Content-Range: bytes 8-9/10\r\n"},
      {"bytes=8-99999999999999999999999", 206, "89", "bytes 8-9/10\r\n"},
      {"bytes=-3", 206, "789", "Content-Range: bytes 7-9/10\r\n"},
      {"bytes=-99", 206, "0123456789", "Content-Range: bytes 0-9/10\r\n"},
      {"bytes=10-", 416, NULL, "Content-Range: bytes */10\r\n"},
      {"bytes=99999999999999999999999-", 416, NULL, "bytes */10\r\n"},
      {"bytes=-0", 416, NULL, "Content-Range: bytes */10\r\n"},
      {"bytes=5-2", 200, "0123456789", "ETag"},
      {"bytes=0-1,4-5", 200, "0123456789", "ETag"},
      {"bytes=", 200, "0123456789", "ETag"},
      {"bytes=-", 200, "0123456789", "ETag"},
      {"bytes=a-b", 200, "0123456789", "ETag"},
      {"bytes=0-1x", 200, "0123456789", "ETag"},
      {"bytes=--1", 200, "0123456789", "ETag"},
      {"lines=0-1", 200, "0123456789", "ETag"},
      {"bytes", 200, "0123456789", "ETag"},
      {"", 200, "0123456789", "ETag"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char fields[128];
    snprintf(fields, sizeof fields, "Range: %s\r\n", cases[i].range);
    struct http_file file = find("GET", "/a.txt", fields);
    CHECK_CASE(file.status == cases[i].status, cases[i].range);
    CHECK_CASE(has(&file, cases[i].field), cases[i].range);
    CHECK_CASE(cases[i].content ? sends(&file, cases[i].content)
                                : file.descriptor == -1,
               cases[i].range);
    http_files_close(&file);
  }
}

static void learn_version(void) {
  struct http_file file = find("GET", "/a.txt", "");
  copy_field(&file, "ETag: ", tag, sizeof tag);
  copy_field(&file, "Last-Modified: ", date, sizeof date);
  CHECK(tag[0] == '"' && strlen(date) == 29);
  http_files_close(&file);
}

/* `format` gets the tag, or the date, for its %s. */
static int status_with(const char *method, const char *format,
                       const char *version) {
  char fields[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(fields, sizeof fields, format, version);
#pragma GCC diagnostic pop
  struct http_file file = find(method, "/a.txt", fields);
  CHECK_CASE((file.status == 304) == has(&file, "ETag") || file.status != 304,
             fields);
  if (file.status == 304) CHECK_CASE(file.descriptor == -1, fields);
  int status = file.status;
  http_files_close(&file);
  return status;
}

static void test_conditions(void) {
  learn_version();
  CHECK(status_with("GET", "If-None-Match: %s\r\n", tag) == 304);
  CHECK(status_with("HEAD", "If-None-Match: %s\r\n", tag) == 304);
  CHECK(status_with("GET", "If-None-Match: W/%s\r\n", tag) == 304);
  CHECK(status_with("GET", "If-None-Match: \"a,b\" , %s\r\n", tag) == 304);
  CHECK(status_with("GET", "If-None-Match: \"a\"\r\nIf-None-Match: %s\r\n",
                    tag) == 304);
  CHECK(status_with("GET", "If-None-Match: *\r\n%s", "") == 304);
  CHECK(status_with("GET", "If-None-Match: \"x%s\r\n", tag + 1) == 200);
  CHECK(status_with("GET", "If-None-Match: \"\"\r\n%s", "") == 200);
  CHECK(status_with("GET", "If-None-Match: %s\r\n", "\"open") == 200);
  CHECK(status_with("GET", "If-None-Match: %s\r\n", "W/") == 200);
  CHECK(status_with("GET", "If-None-Match:%s\r\n", "") == 200);
  CHECK(status_with("GET", "If-Modified-Since: %s\r\n", date) == 304);
  CHECK(status_with("GET", "If-None-Match: \"a\"\r\nIf-Modified-Since: %s\r\n",
                    date) == 200);
  CHECK(status_with("GET", "If-None-Match: %s\r\nRange: bytes=0-1\r\n", tag) ==
        304);
  CHECK(status_with("GET", "If-Range: %s\r\nRange: bytes=0-1\r\n", tag) == 206);
  CHECK(status_with("GET", "If-Range: %s\r\nRange: bytes=0-1\r\n", date) ==
        206);
  CHECK(status_with("GET", "If-Range: W/%s\r\nRange: bytes=0-1\r\n", tag) ==
        200);
  CHECK(status_with("GET", "If-Range: %s\r\nRange: bytes=0-1\r\n", "\"a\"") ==
        200);
}

/* The same size a moment later is another version. */
static void test_changed_file(void) {
  learn_version();
  write_file(in("a.txt"), "abcdefghij");
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                              {.tv_sec = 1000, .tv_nsec = 1}};
  CHECK(utimensat(AT_FDCWD, in("a.txt"), times, 0) == 0);
  CHECK(status_with("GET", "If-None-Match: %s\r\n", tag) == 200);
  learn_version();
  CHECK(strcmp(date, "Thu, 01 Jan 1970 00:16:40 GMT") == 0);
  times[1].tv_nsec = 2;
  CHECK(utimensat(AT_FDCWD, in("a.txt"), times, 0) == 0);
  CHECK(status_with("GET", "If-None-Match: %s\r\n", tag) == 200);
}

static struct http_file get(const char *method, const char *path, int status) {
  char text[64];
  struct http_file file;
  int size = snprintf(text, sizeof text,
                      "%s / HTTP/1.1\r\nRange: bytes=0-1\r\n\r\n", method);
  struct head *head = head_new(text, (size_t)size);
  struct http_place place = {folder, path, "actions"};
  CHECK(http_files_get(&file, &place, head, status));
  free(head);
  return file;
}

static void test_for_scripts(void) {
  static const struct {
    const char *path;
    int status;
  } cases[] = {{"sub/index.html", 200}, {"a b.JS", 201},
               {"outside", 404},        {"../secret", 404},
               {"/etc/passwd", 404},    {"sub", 404},
               {".hidden", 404},        {"", 404},
               {"a%20b.JS", 404}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bool is_found = cases[i].status != 404;
    struct http_file file =
        get("POST", cases[i].path, is_found ? cases[i].status : 200);
    CHECK_CASE(file.status == cases[i].status, cases[i].path);
    CHECK_CASE((file.descriptor >= 0) == is_found, cases[i].path);
    http_files_close(&file);
  }
}

/* A range counts where the whole file would be a 200 to a GET. */
static void test_ranges_for_scripts(void) {
  static const struct {
    const char *method;
    int status;
    int expected;
    const char *content;
  } cases[] = {{"GET", 200, 206, "su"},
               {"POST", 200, 200, "sub"},
               {"GET", 201, 201, "sub"},
               {"GET", 404, 404, "sub"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct http_file file =
        get(cases[i].method, "sub/index.html", cases[i].status);
    CHECK_CASE(file.status == cases[i].expected, cases[i].method);
    CHECK_CASE(sends(&file, cases[i].content), cases[i].method);
    http_files_close(&file);
  }
}

static void test_no_descriptors(void) {
  struct rlimit before;
  CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
  struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
  CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
  struct http_file file = find("GET", "/sub/", "");
  CHECK(file.status == 503 && file.descriptor == -1);
  http_files_close(&file);
  file = get("GET", "sub/index.html", 200);
  CHECK(file.status == 503 && file.descriptor == -1);
  http_files_close(&file);
  CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

static int first_free_descriptor(void) {
  int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(descriptor);
  return descriptor;
}

static void test_no_folder(void) {
  snprintf(folder, sizeof folder, "%s/gone", root);
  struct http_file file = find("GET", "/", "");
  CHECK(file.status == 404);
  http_files_close(&file);
}

int main(void) {
  int first_free = first_free_descriptor();
  make_folder();
  test_paths();
  test_long_path();
  test_methods();
  test_redirect();
  test_types();
  test_empty();
  test_ranges();
  test_conditions();
  test_changed_file();
  test_for_scripts();
  test_ranges_for_scripts();
  test_no_descriptors();
  test_no_folder();
  CHECK(first_free_descriptor() == first_free); /* nothing is left open */
  remove_folder();
  return check_report();
}

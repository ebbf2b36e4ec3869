/* The path of a URL becomes the path of a file, or is refused. */
#include "net/http/url.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static const struct {
  const char *url;
  const char *path; /* NULL: refused */
} urls[] = {
    {"/", ""},
    {"/a", "a"},
    {"/a/", "a/"},
    {"/a/b.html", "a/b.html"},
    {"/a%20b", "a b"},
    {"/%c3%a9", "\xc3\xa9"},
    {"/a+b", "a+b"},
    {"/a%2Bb", "a+b"},
    {"/100%25", "100%"},
    {"/%2561", "%61"},
    {"/a..b", "a..b"},
    {"/a.", "a."},
    {"/a:b", "a:b"},
    {"/.well-known/acme", ".well-known/acme"},
    {"/%2ewell-known/x", ".well-known/x"},
    {"/.well-known", ".well-known"},
    {"", NULL},
    {"a", NULL},
    {"*", NULL},
    {"//", NULL},
    {"//evil.example/", NULL},
    {"/a//b", NULL},
    {"/a//", NULL},
    {"/.", NULL},
    {"/..", NULL},
    {"/../a", NULL},
    {"/a/..", NULL},
    {"/a/../b", NULL},
    {"/a/./b", NULL},
    {"/%2e%2e/a", NULL},
    {"/%2E%2e", NULL},
    {"/.%2e/a", NULL},
    {"/..%2fa", NULL},
    {"/a%2fb", NULL},
    {"/a%2Fb", NULL},
    {"/%2f", NULL},
    {"/a%5cb", NULL},
    {"/a\\b", NULL},
    {"/..\\a", NULL},
    {"/a%00", NULL},
    {"/a%00.html", NULL},
    {"/a%0ab", NULL},
    {"/a%7fb", NULL},
    {"/.git/config", NULL},
    {"/a/.hidden", NULL},
    {"/.htaccess", NULL},
    {"/a/.well-known/b", NULL},
    {"/.well-known2", NULL},
    {"/.well-known/.b", NULL},
    {"/%", NULL},
    {"/%2", NULL},
    {"/%zz", NULL},
    {"/%2g", NULL},
    {"/a%", NULL},
};

/* In a block of exactly its size: the sanitizer sees who reads past it. */
static bool to_path(const char *url, char *path, size_t size) {
  size_t length = strlen(url);
  char *bytes = malloc(length + 1);
  memcpy(bytes, url, length);
  bool is_path = url_to_path((struct text){bytes, length}, path, size);
  free(bytes);
  return is_path;
}

static void test_table(void) {
  char path[64];
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    bool is_path = to_path(urls[i].url, path, sizeof path);
    CHECK_CASE(is_path == (urls[i].path != NULL), urls[i].url);
    if (is_path && urls[i].path) {
      CHECK_CASE(strcmp(path, urls[i].path) == 0, urls[i].url);
    }
  }
}

static void test_every_cut(void) {
  static const char url[] = "/a%20b/%2ewell/%c3%a9%";
  char path[64];
  for (size_t size = 0; size < sizeof url; size++) {
    char *bytes = malloc(size + 1);
    char *cut = realloc(bytes, size ? size : 1);
    memcpy(cut, url, size);
    url_to_path((struct text){cut, size}, path, sizeof path);
    free(cut);
  }
  CHECK(!to_path(url, path, sizeof path));
}

/* Room for the path and its final zero, and not a byte less. */
static void test_room(void) {
  char *path = malloc(4);
  CHECK(to_path("/abc", path, 4) && strcmp(path, "abc") == 0);
  CHECK(!to_path("/abcd", path, 4));
  free(path);
}

int main(void) {
  test_table();
  test_every_cut();
  test_room();
  return check_report();
}

/*
** Paths of URLs, made into paths of files: nothing that is taken leads out of
** the folder, and it is the same when every byte is escaped.
*/
#include "fuzz.h"

#include "lib/buffer.h"
#include "net/http/url.h"

static void check_part(const char *part, size_t size, bool is_first) {
  static const char known[] = ".well-known";
  MUST(size > 0);
  MUST(part[0] != '.' || (is_first && size == sizeof known - 1 &&
                          memcmp(part, known, size) == 0));
  for (size_t i = 0; i < size; i++)
    MUST((unsigned char)part[i] >= 0x20 && part[i] != 0x7f && part[i] != '\\');
}

/* The parts are those that the URL shows: none was hidden in an escape. */
static void check_slashes(const char *path, const char *url, size_t size) {
  size_t shown = 0;
  for (size_t i = 1; i < size; i++)
    shown += url[i] == '/';
  for (const char *at = path; *at; at++)
    shown -= *at == '/';
  MUST(shown == 0);
}

static void check_path(const char *path) {
  const char *part = path;
  while (*part) {
    size_t size = strcspn(part, "/");
    check_part(part, size, part == path);
    part += size;
    if (*part) part++;
  }
}

static void check_escaped(const char *path) {
  struct buffer url = {0};
  buffer_append_string(&url, "/");
  for (const char *at = path; *at; at++)
    buffer_print(&url, *at == '/' ? "/" : "%%%02x", (unsigned char)*at);
  char *again = malloc(url.size + 1);
  MUST(again);
  MUST(url_to_path((struct text){url.bytes, url.size}, again, url.size + 1));
  MUST(strcmp(path, again) == 0);
  free(again);
  buffer_free(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *url = copy_exactly((const char *)bytes, size);
  char *path = malloc(size + 1);
  MUST(path);
  if (url_to_path((struct text){url, size}, path, size)) {
    check_path(path);
    check_slashes(path, url, size);
    check_escaped(path);
  }
  free(path);
  free(url);
  return 0;
}

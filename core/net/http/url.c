#include "net/http/url.h"

#include "lib/percent.h"

#include <string.h>

static bool is_safe_part(struct text part, bool is_first) {
  if (part.size == 0) return false;
  if (part.bytes[0] == '.') {
    return is_first && text_equals(part, text_of(".well-known"));
  }
  for (size_t i = 0; i < part.size; i++) {
    unsigned char c = (unsigned char)part.bytes[i];
    if (c < 0x20 || c == 0x7f || c == '\\') return false;
  }
  return true;
}

bool url_is_safe_path(struct text path) {
  bool is_first = true;
  while (path.size > 0) {
    const char *slash = memchr(path.bytes, '/', path.size);
    size_t size = slash ? (size_t)(slash - path.bytes) : path.size;
    if (!is_safe_part((struct text){path.bytes, size}, is_first)) return false;
    is_first = false;
    size_t used = slash ? size + 1 : size;
    path.bytes += used;
    path.size -= used;
  }
  return true;
}

static size_t count_slashes(const char *bytes, size_t size) {
  size_t count = 0;
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] == '/') count++;
  }
  return count;
}

bool url_to_path(struct text url, char *path, size_t size) {
  if (url.size == 0 || url.bytes[0] != '/' || url.size > size) return false;
  url.bytes++;
  url.size--;
  long decoded = percent_decode(url, path);
  if (decoded < 0) return false;
  /* Then a slash was encoded as %2F. */
  if (count_slashes(path, (size_t)decoded) !=
      count_slashes(url.bytes, url.size)) {
    return false;
  }
  path[decoded] = '\0';
  return url_is_safe_path((struct text){path, (size_t)decoded});
}

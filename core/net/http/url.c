#include "net/http/url.h"

#include <string.h>

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

long url_decode(struct text text, char *decoded) {
  long size = 0;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.bytes[i];
    if (c == '%') {
      int high = text.size - i > 2 ? hex(text.bytes[i + 1]) : -1;
      int low = text.size - i > 2 ? hex(text.bytes[i + 2]) : -1;
      if (high < 0 || low < 0) return -1;
      c = (char)(high << 4 | low);
      i += 2;
    }
    decoded[size++] = c;
  }
  return size;
}

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
  long decoded = url_decode(url, path);
  if (decoded < 0) return false;
  /* One more than before was written as %2F. */
  if (count_slashes(path, (size_t)decoded) !=
      count_slashes(url.bytes, url.size)) {
    return false;
  }
  path[decoded] = '\0';
  return url_is_safe_path((struct text){path, (size_t)decoded});
}

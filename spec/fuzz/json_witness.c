#include "json_witness.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 128 };

/* Each moves *at behind what it takes, and says whether that was there. */

static bool value(const char **at, int depth);

static bool sign(const char **at, char byte) {
  if (**at != byte) return false;
  ++*at;
  return true;
}

static void space(const char **at) {
  *at += strspn(*at, " \t\r\n");
}

static bool word(const char **at, const char *wanted) {
  size_t size = strlen(wanted);
  if (strncmp(*at, wanted, size) != 0) return false;
  *at += size;
  return true;
}

static bool digits(const char **at) {
  size_t size = strspn(*at, "0123456789");
  *at += size;
  return size > 0;
}

static bool number(const char **at) {
  const char *begin = *at;
  sign(at, '-');
  bool is_zero = sign(at, '0');
  if (!is_zero && !digits(at)) return false;
  if (sign(at, '.') && !digits(at)) return false;
  if (**at == 'e' || **at == 'E') {
    ++*at;
    if (!sign(at, '+')) sign(at, '-');
    if (!digits(at)) return false;
  }
  char *copy = strndup(begin, (size_t)(*at - begin));
  bool fits = copy && isfinite(strtod(copy, NULL));
  free(copy);
  return fits;
}

/* The four digits of a \u, or -1. */
static long unit(const char **at) {
  char hex[5] = {0};
  if (!word(at, "\\u")) return -1;
  for (int i = 0; i < 4; i++) {
    if (!isxdigit((unsigned char)**at)) return -1;
    hex[i] = *(*at)++;
  }
  return strtol(hex, NULL, 16);
}

static bool escape(const char **at) {
  if ((*at)[1] != 'u') {
    bool is_short = (*at)[1] && strchr("\"\\/bfnrt", (*at)[1]);
    *at += is_short ? 2 : 0;
    return is_short;
  }
  long high = unit(at);
  if (high < 0 || (high >= 0xdc00 && high < 0xe000)) return false;
  if (high < 0xd800 || high >= 0xe000) return true;
  long low = unit(at);
  return low >= 0xdc00 && low < 0xe000;
}

static bool string(const char **at) {
  if (!sign(at, '"')) return false;
  while (**at != '"') {
    if ((unsigned char)**at < 0x20) return false;
    if (**at != '\\')
      ++*at;
    else if (!escape(at))
      return false;
  }
  return sign(at, '"');
}

static bool pair(const char **at, int depth) {
  space(at);
  if (!string(at)) return false;
  space(at);
  return sign(at, ':') && value(at, depth);
}

/* What is between brackets. */
static bool items(const char **at, char end, int depth) {
  if (depth > MAX_DEPTH) return false;
  space(at);
  if (sign(at, end)) return true;
  do {
    if (!(end == '}' ? pair(at, depth) : value(at, depth))) return false;
    space(at);
  } while (sign(at, ','));
  return sign(at, end);
}

static bool value(const char **at, int depth) {
  space(at);
  if (sign(at, '[')) return items(at, ']', depth + 1);
  if (sign(at, '{')) return items(at, '}', depth + 1);
  if (**at == '"') return string(at);
  return word(at, "true") || word(at, "false") || word(at, "null") ||
         number(at);
}

bool json_witness(const char *text) {
  if (!value(&text, 0)) return false;
  space(&text);
  return *text == '\0';
}

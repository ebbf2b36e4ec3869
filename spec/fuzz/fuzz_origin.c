/*
** Whose pages may connect. Neither the case of letters nor a port that goes
** without saying changes the answer, and a list without wildcards lets nobody
** in who is not on it.
*/
#include "fuzz.h"

#include "model/config.h"
#include "net/peer/origin.h"

#include <ctype.h>
#include <strings.h>

static struct text text_of_line(const struct input *line) {
  return (struct text){line->bytes, line->size};
}

/* The same with small letters for large ones, and large for small. */
static char *turn_case(struct input line) {
  char *turned = copy_exactly(line.bytes, line.size);
  for (size_t i = 0; i < line.size; i++) {
    unsigned char letter = (unsigned char)turned[i];
    if (letter < 0x80) turned[i] = (char)(letter ^ (isalpha(letter) ? 32 : 0));
  }
  return turned;
}

static bool is_null(struct input line) {
  return line.size == 4 && strncasecmp(line.bytes, "null", 4) == 0;
}

static void check_case(const struct config *config, struct input origin,
                       struct input host, bool is_allowed) {
  char *turned = turn_case(origin);
  MUST(is_null(origin) ||
       origin_is_allowed(config, (struct text){turned, origin.size},
                         text_of_line(&host)) == is_allowed);
  free(turned);
}

/* Without a wildcard it is the origin, but for the case and a port. */
static void check_item(const char *item, const char *origin) {
  size_t shared = strlen(item);
  if (shared > strlen(origin)) shared = strlen(origin);
  MUST(strchr(item, '*') || strncasecmp(item, origin, shared) == 0);
}

/* A wildcard for names below example.com is nobody's whose name does not end
   like that. */
static void check_wildcard(const char *item, const char *origin) {
  static const char sign[] = "://*";
  char name[64];
  const char *begin = strstr(item, sign);
  if (!begin || begin[sizeof sign - 1] != '.') return;
  begin += sizeof sign - 1;
  if (strcspn(begin, ":") >= sizeof name) return;
  snprintf(name, sizeof name, "%.*s", (int)strcspn(begin, ":"), begin);
  const char *end = NULL;
  for (const char *at = origin; (at = strcasestr(at, name)); at++)
    end = at + strlen(name);
  MUST(end && (*end == '\0' || *end == ':'));
}

static char *string_of(struct input line) {
  char *string = calloc(1, line.size + 1);
  if (!string) abort();
  if (line.size > 0) memcpy(string, line.bytes, line.size);
  return string;
}

/* Three lines: the Host, the Origin, and what base.lua lists; without the last
   the page's host has to be the Host. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  if (size > 0 && memchr(bytes, '\0', size)) return -1;
  struct input host = input_take_line(&input);
  struct input origin = input_take_line(&input);
  char *item = string_of(input);
  char *page = string_of(origin);
  struct config config = {.has_origins = input.size > 0};
  origins_add(&config.origins, item);
  char *copy = copy_exactly(origin.bytes, origin.size);
  origin.bytes = copy;
  bool is_allowed =
      origin_is_allowed(&config, text_of_line(&origin), text_of_line(&host));
  check_case(&config, origin, host, is_allowed);
  if (is_allowed && config.has_origins) {
    check_item(item, page);
    check_wildcard(item, page);
  }
  origins_close(&config.origins);
  free(copy);
  free(page);
  free(item);
  return 0;
}

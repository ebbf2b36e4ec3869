#include "net/listen/place.h"

#include <stddef.h>
#include <string.h>

/* The text after the prefix; NULL if it does not begin with it. */
static const char *text_behind(const char *text, const char *beginning) {
  size_t size = strlen(beginning);
  return strncmp(text, beginning, size) == 0 ? text + size : NULL;
}

static enum place_kind kind_of(const struct place *place) {
  if (place->path) return PLACE_UNIX;
  if (strcmp(place->where, "systemd") == 0) return PLACE_SYSTEMD;
  return text_behind(place->where, "systemd:") ? PLACE_SYSTEMD_NAME
                                               : PLACE_ADDRESS;
}

struct place place_of(const char *text) {
  const char *proxied = text_behind(text, "proxy ");
  struct place place = {.is_proxy = proxied != NULL,
                        .where = proxied ? proxied : text};
  place.path = text_behind(place.where, "unix:");
  place.kind = kind_of(&place);
  return place;
}

bool place_is_given(const struct place *place) {
  return place->kind == PLACE_SYSTEMD || place->kind == PLACE_SYSTEMD_NAME;
}

bool place_is_local(const struct place *place) {
  if (place->is_proxy) return false;
  return place->kind == PLACE_UNIX || text_behind(place->where, "127.") ||
         text_behind(place->where, "[::1]:");
}

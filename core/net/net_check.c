#include "net/net.h"

#include "model/config.h"
#include "net/listen/places.h"
#include "net/socket/tls.h"

#include <stdio.h>
#include <string.h>

struct check {
  void (*tell)(void *context, const char *setting, const char *text);
  void *context;
};

static void check_places(const struct check *check, const char *setting,
                         const struct string_list *places) {
  size_t prefix = sizeof LISTENER_PROXY - 1;
  for (size_t i = 0; i < places->count; i++) {
    char text[512];
    const char *where = places->items[i];
    if (strncmp(where, LISTENER_PROXY, prefix) == 0) where += prefix;
    /* Who starts the server opens these. */
    if (strncmp(where, LISTENER_SYSTEMD, sizeof LISTENER_SYSTEMD - 1) == 0)
      continue;
    const char *why = listener_address_check(where);
    if (!why) continue;
    snprintf(text, sizeof text, "cannot listen on %s: %s", where, why);
    check->tell(check->context, setting, text);
  }
}

void net_check(const struct config *config,
               void (*tell)(void *context, const char *setting,
                            const char *text),
               void *context) {
  struct check check = {tell, context};
  struct tls_trouble trouble;
  if (config->has_tls && !tls_check(config, &trouble))
    tell(context, trouble.setting, trouble.text);
  check_places(&check, "listen", &config->listen);
  check_places(&check, "api.listen", &config->api_listen);
}

static bool begins(const char *where, const char *start) {
  return strncmp(where, start, strlen(start)) == 0;
}

bool net_is_for_others(const struct config *config) {
  for (size_t i = 0; i < config->listen.count; i++) {
    const char *where = config->listen.items[i];
    if (!begins(where, "unix:") && !begins(where, "127.") &&
        !begins(where, "[::1]:"))
      return true;
  }
  return false;
}

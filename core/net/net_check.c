#include "net/net.h"

#include "model/config.h"
#include "net/listen/bound.h"
#include "net/listen/place.h"
#include "net/socket/tls.h"

#include <stdio.h>

struct check {
  void (*tell)(void *context, const char *setting, const char *text);
  void *context;
};

static void check_places(const struct check *check, const char *setting,
                         const struct string_list *places) {
  for (size_t i = 0; i < places->count; i++) {
    char text[512];
    struct place place = place_of(places->items[i]);
    if (place_is_given(&place)) continue;
    const char *why = bound_check(place.where);
    if (!why) continue;
    snprintf(text, sizeof text, "cannot listen on %s: %s", place.where, why);
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

bool net_is_for_others(const struct config *config) {
  for (size_t i = 0; i < config->listen.count; i++) {
    struct place place = place_of(config->listen.items[i]);
    if (!place_is_local(&place)) return true;
  }
  return false;
}

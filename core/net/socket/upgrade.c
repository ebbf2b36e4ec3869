#include "net/socket/upgrade.h"

#include "model/config.h"
#include "model/head.h"

#include <string.h>

bool upgrade_is_asked(const struct head *head) {
  return head_has_token(head, "Upgrade", "websocket");
}

/* If the path is "/", web pages may have it too. */
static bool is_own_path(const struct head *head, const struct config *config) {
  return config->path && strcmp(config->path, "/") != 0 &&
         text_equals(head_path(head), text_of(config->path));
}

bool upgrade_is_lost(const struct head *head, const struct config *config) {
  if (!text_equals(head_method(head), text_of("GET"))) return false;
  return head_count(head, "Sec-WebSocket-Key") > 0 || is_own_path(head, config);
}

#include "net/listen/inherited.h"

#include "lib/log.h"
#include "model/config.h"
#include "net/listen/bound.h"
#include "net/listen/place.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns -1 when the kernel has no answer. */
static int option_of(int descriptor, int option) {
  int value;
  socklen_t size = sizeof value;
  if (getsockopt(descriptor, SOL_SOCKET, option, &value, &size) != 0) return -1;
  return value;
}

/* Whether it is a listening stream socket, of TCP or Unix. */
static bool is_listening(int descriptor) {
  int family = option_of(descriptor, SO_DOMAIN);
  return (family == AF_INET || family == AF_INET6 || family == AF_UNIX) &&
         option_of(descriptor, SO_TYPE) == SOCK_STREAM &&
         option_of(descriptor, SO_ACCEPTCONN) == 1;
}

static bool prepare_descriptor(int descriptor) {
  return fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 &&
         fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0;
}

bool inherited_add(struct inherited **list, int descriptor, const char *where) {
  if (!is_listening(descriptor)) {
    log_event(LOG_WARN,
              "descriptor %d is not a listening TCP or Unix stream socket: "
              "ignored as %s",
              descriptor, where);
    return false;
  }
  struct inherited *inherited = calloc(1, sizeof *inherited);
  char *copy = strdup(where);
  if (inherited && copy && prepare_descriptor(descriptor)) {
    inherited->descriptor = descriptor;
    inherited->where = copy;
    inherited->next = *list;
    *list = inherited;
    return true;
  }
  free(inherited);
  free(copy);
  close(descriptor);
  return false;
}

static bool is_of_systemd(const char *where) {
  return place_of(where).kind == PLACE_SYSTEMD_NAME;
}

static bool is_listed_place(const struct string_list *places,
                            const char *where) {
  for (size_t i = 0; i < places->count; i++) {
    if (strcmp(place_of(places->items[i]).where, where) == 0) return true;
  }
  return false;
}

static bool is_meant(const struct config *config, const struct place *place,
                     const char *where) {
  if (place->kind != PLACE_SYSTEMD) return strcmp(place->where, where) == 0;
  return is_of_systemd(where) && !is_listed_place(&config->listen, where) &&
         !is_listed_place(&config->api_listen, where);
}

bool inherited_take(struct inherited **list, const struct config *config,
                    const struct place *place, struct inherited *taken) {
  while (*list && !is_meant(config, place, (*list)->where))
    list = &(*list)->next;
  struct inherited *found = *list;
  if (!found) return false;
  *taken = *found;
  *list = found->next;
  free(found);
  return true;
}

static void tell_unused(const char *where) {
  if (is_of_systemd(where))
    log_event(LOG_WARN,
              "the socket %s was passed but is not used: name it in listen or "
              "api.listen",
              where);
  else
    log_event(LOG_INFO, "stopped listening on %s", where);
}

void inherited_close(struct inherited **list, bool are_ours) {
  while (*list) {
    struct inherited *each = *list;
    struct bound address = {0};
    bool is_there = bound_adopt(&address, each->where, each->descriptor);
    if (are_ours) tell_unused(each->where);
    if (!are_ours || !is_there) bound_leave(&address);
    bound_close(&address);
    close(each->descriptor);
    *list = each->next;
    free(each->where);
    free(each);
  }
}

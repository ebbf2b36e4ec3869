#include "net/inherited.h"

#include "model/log.h"
#include "net/listener_address.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_listening(int descriptor) {
  int answer = 0;
  socklen_t size = sizeof answer;
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &answer, &size) ==
             0 &&
         answer != 0;
}

static bool prepare(int descriptor) {
  return fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 &&
         fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0;
}

bool inherited_add(struct inherited **list, int descriptor, const char *where) {
  if (!is_listening(descriptor)) {
    log_event(LOG_WARN, "descriptor %d does not listen on %s: not taken over",
              descriptor, where);
    return false;
  }
  struct inherited *inherited = calloc(1, sizeof *inherited);
  char *copy = strdup(where);
  if (inherited && copy && prepare(descriptor)) {
    *inherited = (struct inherited){descriptor, copy, *list};
    *list = inherited;
    return true;
  }
  free(inherited);
  free(copy);
  close(descriptor);
  return false;
}

static void unlist(struct inherited **link) {
  struct inherited *inherited = *link;
  *link = inherited->next;
  free(inherited->where);
  free(inherited);
}

int inherited_take(struct inherited **list, const char *where) {
  struct inherited **link = list;
  while (*link && strcmp((*link)->where, where) != 0)
    link = &(*link)->next;
  if (!*link) return -1;
  int descriptor = (*link)->descriptor;
  unlist(link);
  return descriptor;
}

void inherited_close(struct inherited **list, bool are_ours) {
  while (*list) {
    struct listener_address address = {0};
    bool is_there = listener_address_adopt(&address, (*list)->where);
    if (are_ours)
      log_event(LOG_INFO, "not listening on %s any more", (*list)->where);
    if (!are_ours || !is_there) listener_address_leave(&address);
    listener_address_close(&address);
    close((*list)->descriptor);
    unlist(list);
  }
}

#include "server/activation.h"

#include "net/net.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  FIRST = 3,
  COUNT_MAX = 1024,
  PLACE_SIZE = 272 /* systemd's names are at most 255 bytes long */
};

/* The number that the whole text is, or -1. */
static long whole_number_of(const char *text) {
  char *end;
  if (!text || !*text) return -1;
  errno = 0;
  long number = strtol(text, &end, 10);
  return errno == 0 && *end == '\0' ? number : -1;
}

void activation_open(struct activation *activation) {
  const char *names = getenv("LISTEN_FDNAMES");
  long count = whole_number_of(getenv("LISTEN_FDS"));
  *activation = (struct activation){0};
  if (whole_number_of(getenv("LISTEN_PID")) == (long)getpid() && count > 0 &&
      count <= COUNT_MAX) {
    activation->count = (int)count;
    activation->names = strdup(names ? names : "");
    (void)close_range(FIRST, (unsigned)(FIRST + count - 1),
                      CLOSE_RANGE_CLOEXEC);
  }
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
}

void activation_close(struct activation *activation) {
  free(activation->names);
  *activation = (struct activation){0};
}

void activation_inherit(struct activation *activation, struct net *net) {
  const char *name = activation->names ? activation->names : "";
  for (int i = 0; i < activation->count; i++) {
    char place[PLACE_SIZE];
    size_t size = strcspn(name, ":");
    snprintf(place, sizeof place, "systemd:%.*s", (int)size, name);
    net_inherit(net, FIRST + i, place);
    name += size + (name[size] == ':');
  }
}

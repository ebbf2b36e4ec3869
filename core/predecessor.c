#include "predecessor.h"

#include "model/log.h"
#include "net/net.h"
#include "upgrade.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void predecessor_open(struct predecessor *predecessor) {
  const char *lines = getenv(UPGRADE_VARIABLE);
  *predecessor = (struct predecessor){.ready = -1};
  if (!lines) return;
  predecessor->lines = strdup(lines);
  unsetenv(UPGRADE_VARIABLE);
  /* What scripts start while they load has no part in it. */
  (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

void predecessor_close(struct predecessor *predecessor) {
  if (predecessor->ready >= 0) close(predecessor->ready);
  free(predecessor->lines);
}

/* Takes "4=127.0.0.1:9000" and moves behind it. False at the end; what is no
   such line has the descriptor -1. */
static bool next_line(char **at, int *descriptor, const char **what) {
  char *line = *at;
  if (!*line) return false;
  size_t size = strcspn(line, "\n");
  *at = line + size + (line[size] == '\n');
  line[size] = '\0';
  char *end;
  long number = strtol(line, &end, 10);
  bool is_one = *end == '=' && number > STDERR_FILENO && number < 65536;
  *descriptor = is_one ? (int)number : -1;
  *what = is_one ? end + 1 : "";
  return true;
}

void predecessor_inherit(struct predecessor *predecessor, struct net *net) {
  char *at = predecessor->lines;
  int descriptor;
  const char *what;
  while (at && next_line(&at, &descriptor, &what)) {
    if (strcmp(what, UPGRADE_READY) == 0)
      predecessor->ready = descriptor;
    else if (descriptor >= 0)
      net_inherit(net, descriptor, what);
  }
}

void predecessor_say_ready(struct predecessor *predecessor, struct net *net) {
  if (predecessor->ready < 0) return;
  if (write(predecessor->ready, UPGRADE_READY, strlen(UPGRADE_READY)) < 0)
    log_event(LOG_WARN, "the process that was to be replaced is gone: %s",
              strerror(errno));
  close(predecessor->ready);
  predecessor->ready = -1;
  net_own_inherited(net);
}

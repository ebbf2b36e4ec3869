#include "server/handover/predecessor.h"

#include "lib/log.h"
#include "net/net.h"
#include "server/handover/successor.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_pipe(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
}

static bool is_socket(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* The descriptor of the line "link=9", or -1. */
static int find_link(const char *lines) {
  size_t size = sizeof SUCCESSOR_LINK - 1;
  if (strncmp(lines, SUCCESSOR_LINK, size) != 0) return -1;
  long number = strtol(lines + size, NULL, 10);
  if (number <= SUCCESSOR_PIPE || number >= 65536) return -1;
  return is_socket((int)number) ? (int)number : -1;
}

void predecessor_open(struct predecessor *predecessor) {
  const char *lines = getenv(SUCCESSOR_VARIABLE);
  *predecessor = (struct predecessor){.ready = -1, .link = -1};
  if (!lines) return;
  if (is_pipe(SUCCESSOR_PIPE)) {
    predecessor->ready = SUCCESSOR_PIPE;
    predecessor->lines = strdup(lines);
    predecessor->link = find_link(lines);
    /* Programs that scripts start while they load must not inherit them. */
    (void)close_range(SUCCESSOR_PIPE, ~0U, CLOSE_RANGE_CLOEXEC);
  }
  unsetenv(SUCCESSOR_VARIABLE);
}

void predecessor_close(struct predecessor *predecessor) {
  if (predecessor->ready >= 0) close(predecessor->ready);
  if (predecessor->link >= 0) close(predecessor->link);
  free(predecessor->lines);
}

int predecessor_take_link(struct predecessor *predecessor) {
  int link = predecessor->link;
  if (predecessor->ready >= 0 && link < 0)
    log_event(LOG_WARN, "the old process cannot say what it knows: this one "
                        "begins anew");
  predecessor->link = -1;
  return link;
}

/* Reads one line, "4=127.0.0.1:9000", and moves behind it. False at the end; a
   line of another form gives the descriptor -1. */
static bool next_line(char **at, int *descriptor, const char **where) {
  char *line = *at;
  if (!*line) return false;
  size_t size = strcspn(line, "\n");
  *at = line + size + (line[size] == '\n');
  line[size] = '\0';
  char *end;
  long number = strtol(line, &end, 10);
  bool is_one = *end == '=' && number > SUCCESSOR_PIPE && number < 65536;
  *descriptor = is_one ? (int)number : -1;
  *where = is_one ? end + 1 : "";
  return true;
}

void predecessor_inherit(struct predecessor *predecessor, struct net *net) {
  char *at = predecessor->lines;
  int descriptor;
  const char *where;
  while (at && next_line(&at, &descriptor, &where)) {
    if (descriptor >= 0) net_inherit(net, descriptor, where);
  }
}

static bool say_word(const struct predecessor *predecessor, char word) {
  return predecessor->ready < 0 || write(predecessor->ready, &word, 1) == 1;
}

void predecessor_say_ready(struct predecessor *predecessor) {
  if (say_word(predecessor, SUCCESSOR_READY)) return;
  log_event(LOG_WARN, "the process to be replaced has ended: %s",
            strerror(errno));
}

/* The predecessor may have ended by now: a failed write is ignored. */
void predecessor_say_replaced(const struct predecessor *predecessor) {
  (void)say_word(predecessor, SUCCESSOR_REPLACED);
}

/*
** base-storm: many clients of one kind at once. Each connects, sends the same
** bytes, reads until it has seen a text, and is then held, closed or reset.
** What the bytes mean is the spec's to know.
**
**   base-storm PORT COUNT AT_ONCE BYTES UNTIL hold|read|close|reset
**
** BYTES is a file; UNTIL is a text, or "" for nothing that is waited for. At
** most AT_ONCE are on their way to it. Then it is ended, by "close" or "reset";
** or held, reading no more ("hold") or all that comes ("read"), until the
** server ends it.
**
** Writes "ready SERVED REFUSED" once each has seen the text or its end, and
** "over" when the last is gone.
*/
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVENTS = 256, TEXT_MAX = 64, READ_SIZE = 65536 };

struct client {
  int fd;
  bool is_done; /* has seen the text, or its end */
  size_t sent;
  size_t seen_size;
  char seen[TEXT_MAX]; /* of what came, the end: it may begin the text */
};

static struct {
  struct sockaddr_in address;
  unsigned count, at_once, begun, done, open, served;
  char *bytes;
  size_t size;
  const char *until;
  const char *then;
  struct client *clients;
  int epoll;
} storm;

static void fail(const char *what) {
  fprintf(stderr, "base-storm: %s: %s\n", what, strerror(errno));
  exit(EXIT_FAILURE);
}

static bool then_is(const char *word) {
  return strcmp(storm.then, word) == 0;
}

static void watch(struct client *client, int how, uint32_t events) {
  struct epoll_event event = {.events = events | EPOLLRDHUP,
                              .data.ptr = client};
  if (epoll_ctl(storm.epoll, how, client->fd, &event) != 0) fail("epoll");
}

static void settle(struct client *client, bool is_served) {
  if (client->is_done) return;
  client->is_done = true;
  storm.done++;
  storm.served += is_served;
}

static void end(struct client *client) {
  settle(client, false);
  if (then_is("reset")) {
    struct linger linger = {1, 0};
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  }
  close(client->fd);
  client->fd = -1;
  storm.open--;
}

/* It has seen what it waited for. */
static void reach(struct client *client) {
  settle(client, true);
  if (then_is("close") || then_is("reset"))
    end(client);
  else
    watch(client, EPOLL_CTL_MOD, then_is("read") ? EPOLLIN : 0);
}

/* Returns false when the connection is gone. */
static bool send_more(struct client *client) {
  while (client->sent < storm.size) {
    ssize_t n = send(client->fd, storm.bytes + client->sent,
                     storm.size - client->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == ENOTCONN)) return true;
    if (n < 0) return false;
    client->sent += (size_t)n;
  }
  if (*storm.until == '\0' && !client->is_done) {
    reach(client);
    return true;
  }
  if (!client->is_done) watch(client, EPOLL_CTL_MOD, EPOLLIN);
  return true;
}

/* Looks for the text in what has come, `size` bytes behind those that may be
   its beginning. */
static void look(struct client *client, char *bytes, size_t size) {
  size_t text_size = strlen(storm.until);
  memcpy(bytes - client->seen_size, client->seen, client->seen_size);
  size += client->seen_size;
  bytes -= client->seen_size;
  if (memmem(bytes, size, storm.until, text_size)) {
    reach(client);
    return;
  }
  client->seen_size = size < text_size ? size : text_size - 1;
  memcpy(client->seen, bytes + size - client->seen_size, client->seen_size);
}

/* Returns false when the connection is gone. */
static bool read_more(struct client *client) {
  static char space[TEXT_MAX + READ_SIZE];
  char *bytes = space + TEXT_MAX;
  ssize_t n = recv(client->fd, bytes, READ_SIZE, MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN;
  if (n == 0) return false;
  if (!client->is_done) look(client, bytes, (size_t)n);
  return true;
}

static void handle(struct client *client, uint32_t events) {
  bool is_there = true;
  if (events & EPOLLOUT) is_there = send_more(client);
  if (is_there && client->fd >= 0 && (events & EPOLLIN))
    is_there = read_more(client);
  if (client->fd < 0) return;
  bool has_ended = (events & (EPOLLERR | EPOLLHUP)) != 0 ||
                   ((events & EPOLLRDHUP) != 0 && !(events & EPOLLIN));
  if (!is_there || has_ended) end(client);
}

static void begin(struct client *client) {
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->fd < 0) fail("socket");
  if (connect(client->fd, (struct sockaddr *)&storm.address,
              sizeof storm.address) != 0 &&
      errno != EINPROGRESS)
    fail("connect");
  storm.begun++;
  storm.open++;
  watch(client, EPOLL_CTL_ADD, EPOLLOUT | EPOLLIN);
}

static void rage(void) {
  struct epoll_event events[EVENTS];
  bool is_ready = false;
  while (storm.open > 0 || storm.begun < storm.count) {
    while (storm.begun < storm.count &&
           storm.begun - storm.done < storm.at_once)
      begin(&storm.clients[storm.begun]);
    int count = epoll_wait(storm.epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++)
      handle(events[i].data.ptr, events[i].events);
    if (is_ready || storm.done < storm.count) continue;
    is_ready = true;
    printf("ready %u %u\n", storm.served, storm.count - storm.served);
    fflush(stdout);
  }
}

static void read_bytes(const char *path) {
  struct stat status;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &status) != 0) fail(path);
  storm.size = (size_t)status.st_size;
  storm.bytes = malloc(storm.size + 1);
  if (!storm.bytes || read(fd, storm.bytes, storm.size) != status.st_size)
    fail(path);
  close(fd);
}

int main(int count, char **words) {
  if (count != 7 || strlen(words[5]) > TEXT_MAX) {
    fputs("usage: base-storm PORT COUNT AT_ONCE BYTES UNTIL THEN\n", stderr);
    return 2;
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  storm.address.sin_family = AF_INET;
  storm.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  storm.address.sin_port = htons((uint16_t)strtoul(words[1], NULL, 10));
  storm.count = (unsigned)strtoul(words[2], NULL, 10);
  storm.at_once = (unsigned)strtoul(words[3], NULL, 10);
  read_bytes(words[4]);
  storm.until = words[5];
  storm.then = words[6];
  storm.clients = calloc(storm.count, sizeof *storm.clients);
  storm.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (!storm.clients || storm.epoll < 0) fail("start");
  rage();
  puts("over");
  free(storm.clients);
  free(storm.bytes);
  return EXIT_SUCCESS;
}

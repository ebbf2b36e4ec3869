#include "server/notify.h"

#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void tell_systemd_with(const struct notify *notify, const char *lines,
                              int flags) {
  if (notify->descriptor < 0) return;
  (void)send(notify->descriptor, lines, strlen(lines), MSG_NOSIGNAL | flags);
}

/* What systemd does not take within a second is lost: the server must not wait
   longer. */
static void tell_systemd(const struct notify *notify, const char *lines) {
  tell_systemd_with(notify, lines, 0);
}

/* `path` is a path, or "@" and an abstract name. Returns a descriptor, or -1
   with errno. */
static int connect_to(const char *path) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  size_t size = strlen(path);
  errno = EINVAL;
  if ((path[0] != '/' && path[0] != '@') || size >= sizeof to.sun_path)
    return -1;
  memcpy(to.sun_path, path, size);
  if (path[0] == '@') to.sun_path[0] = '\0';
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
  struct timeval patience = {.tv_sec = 1};
  if (setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience,
                 sizeof patience) == 0 &&
      connect(descriptor, (const struct sockaddr *)&to, length) == 0)
    return descriptor;
  int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

/* Half of systemd's watchdog time in milliseconds, at least 1; 0 if there is no
   watchdog or it is for another process. */
static uint64_t watchdog_half(void) {
  const char *limit = getenv("WATCHDOG_USEC");
  const char *process = getenv("WATCHDOG_PID");
  if (!limit || (process && strtol(process, NULL, 10) != (long)getpid()))
    return 0;
  uint64_t half = strtoull(limit, NULL, 10) / 2;
  return half > 0 && half < 1000 ? 1 : half / 1000;
}

/* "NAME=value", or NULL where there is none. */
static char *copy_variable(const char *name) {
  const char *value = getenv(name);
  if (!value) return NULL;
  size_t size = strlen(name) + 1 + strlen(value) + 1;
  char *copy = malloc(size);
  if (copy) snprintf(copy, size, "%s=%s", name, value);
  return copy;
}

/* Copies the variables that are set into a list that ends with NULL. */
static void keep_variables(struct notify *notify) {
  static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC"};
  size_t count = 0;
  for (size_t i = 0; i < 2; i++) {
    char *copy = copy_variable(names[i]);
    if (copy) notify->variables[count++] = copy;
  }
}

void notify_open(struct notify *notify) {
  const char *path = getenv("NOTIFY_SOCKET");
  *notify = (struct notify){.descriptor = path ? connect_to(path) : -1};
  if (path && notify->descriptor < 0)
    log_event(LOG_WARN, "cannot write to NOTIFY_SOCKET: %s", strerror(errno));
  if (notify->descriptor >= 0) {
    notify->every = watchdog_half();
    keep_variables(notify);
  }
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  unsetenv("WATCHDOG_PID");
}

static void close_socket(struct notify *notify) {
  if (notify->descriptor >= 0) close(notify->descriptor);
  notify->descriptor = -1;
}

void notify_close(struct notify *notify) {
  close_socket(notify);
  for (size_t i = 0; notify->variables[i]; i++)
    free(notify->variables[i]);
}

static void on_alive(uv_timer_t *timer) {
  /* A message that is lost does no harm: the next one follows soon. */
  tell_systemd_with(timer->data, "WATCHDOG=1", MSG_DONTWAIT);
}

void notify_start(struct notify *notify, uv_loop_t *loop) {
  uv_timer_init(loop, &notify->alive);
  notify->alive.data = notify;
  if (notify->every > 0)
    uv_timer_start(&notify->alive, on_alive, notify->every, notify->every);
}

void notify_stop(struct notify *notify) {
  uv_close((uv_handle_t *)&notify->alive, NULL);
}

void notify_reloading(struct notify *notify) {
  char lines[64];
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  snprintf(lines, sizeof lines, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
           (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
  tell_systemd(notify, lines);
}

void notify_ready(struct notify *notify, const char *status) {
  char lines[256];
  snprintf(lines, sizeof lines, "READY=1\nSTATUS=%s", status);
  tell_systemd(notify, lines);
}

void notify_replaced(struct notify *notify, int process) {
  char lines[48];
  /* WATCHDOG=1 gives the successor the whole time for its first message. */
  snprintf(lines, sizeof lines, "MAINPID=%d\nWATCHDOG=1", process);
  tell_systemd(notify, lines);
  close_socket(notify);
}

void notify_ending(struct notify *notify) {
  tell_systemd(
      notify,
      "STOPPING=1\nSTATUS=shutting down: clients are told to reconnect");
}

#include "net/listen/bound.h"

#include "lib/log.h"
#include "net/listen/place.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 511 };

/* What the administrator can do about the error. */
static const char *advice_for(int error) {
  switch (error) {
  case EADDRINUSE:
    return "another program listens there: end it, or choose another port";
  case EACCES:
    return "permission denied: choose a port from 1024 on or a folder that you "
           "can write to, or give the program CAP_NET_BIND_SERVICE";
  case EADDRNOTAVAIL:
    return "this machine has no such address";
  default:
    return strerror(error);
  }
}

/* An attempt to listen, or a check whether it would work. */
struct attempt {
  bool only_looks;
  const char *why; /* why it failed, or NULL */
};

static int fail_attempt(struct attempt *attempt, const char *why) {
  attempt->why = why;
  return -1;
}

/* Closes the descriptor and returns -1 with errno as it was. */
static int give_up(int descriptor) {
  int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

/* Returns -1 with errno on failure. A check binds too: the kernel reports a
   missing address or a forbidden port before it reports EADDRINUSE, which a
   check ignores. */
static int bind_inet(const struct addrinfo *to, bool is_v6_only,
                     bool only_looks) {
  int descriptor =
      socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  int one = 1;
  int v6_only = is_v6_only;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (to->ai_family == AF_INET6) {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  }
  if (bind(descriptor, to->ai_addr, to->ai_addrlen) != 0 ||
      (!only_looks && listen(descriptor, BACKLOG) != 0)) {
    return give_up(descriptor);
  }
  return descriptor;
}

/* Resolves and binds. host == NULL means all addresses: of IPv6 and IPv4 in one
   socket, or only of IPv4 if there is no IPv6. */
static int bind_host(struct attempt *attempt, const char *host,
                     const char *port) {
  struct addrinfo hints = {.ai_family = host ? AF_UNSPEC : AF_INET6,
                           .ai_socktype = SOCK_STREAM,
                           .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
  struct addrinfo *found = NULL;
  int failed = getaddrinfo(host, port, &hints, &found);
  if (failed != 0) return fail_attempt(attempt, gai_strerror(failed));
  int descriptor = bind_inet(found, host != NULL, attempt->only_looks);
  freeaddrinfo(found);
  if (descriptor < 0 && !host &&
      (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
    hints.ai_family = AF_INET;
    failed = getaddrinfo(host, port, &hints, &found);
    if (failed != 0) return fail_attempt(attempt, gai_strerror(failed));
    descriptor = bind_inet(found, false, attempt->only_looks);
    freeaddrinfo(found);
  }
  if (descriptor >= 0 || (attempt->only_looks && errno == EADDRINUSE))
    return descriptor;
  return fail_attempt(attempt, advice_for(errno));
}

static int bind_port(struct attempt *attempt, const char *where) {
  char host[LISTENER_NAME_SIZE];
  const char *colon = strrchr(where, ':');
  size_t size = colon ? (size_t)(colon - where) : 0;
  if (!colon || !text_is_port(text_of(colon + 1)) || size >= sizeof host) {
    return fail_attempt(attempt,
                        "write it as address:port, [address]:port, :port or "
                        "unix:path");
  }
  if (size == 0) return bind_host(attempt, NULL, colon + 1);
  bool is_bracketed = where[0] == '[' && where[size - 1] == ']' && size > 2;
  if (!is_bracketed && memchr(where, ':', size)) {
    return fail_attempt(attempt,
                        "an IPv6 address needs brackets: [address]:port");
  }
  snprintf(host, sizeof host, "%.*s", (int)(is_bracketed ? size - 2 : size),
           is_bracketed ? where + 1 : where);
  return bind_host(attempt, host, colon + 1);
}

/* A server that does not end in order leaves its socket file behind. This
   removes a file on which nobody listens. False with errno when the path is not
   free. A listener with a full backlog (EAGAIN) counts as listening; the check
   does not wait for it. */
static bool make_free(const struct sockaddr_un *at) {
  struct stat file;
  if (lstat(at->sun_path, &file) != 0) return errno == ENOENT;
  errno = EEXIST;
  if (!S_ISSOCK(file.st_mode)) return false;
  int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  bool is_stale =
      connect(probe, (const struct sockaddr *)at, sizeof *at) != 0 &&
      errno == ECONNREFUSED;
  close(probe);
  errno = EADDRINUSE;
  return is_stale && unlink(at->sun_path) == 0;
}

/* Binds so that only the server's user and group have access. */
static int bind_private(int descriptor, const struct sockaddr_un *at) {
  mode_t before = umask(0117);
  int failed = bind(descriptor, (const struct sockaddr *)at, sizeof *at);
  umask(before);
  return failed;
}

static bool name_of(struct attempt *attempt, const char *where,
                    struct sockaddr_un *at) {
  const char *path = place_of(where).path;
  *at = (struct sockaddr_un){.sun_family = AF_UNIX};
  snprintf(at->sun_path, sizeof at->sun_path, "%s", path);
  if (*path && strlen(path) < sizeof at->sun_path) return true;
  attempt->why = "the path of a Unix socket must have 1 to 107 bytes";
  return false;
}

static const char no_socket[] =
    "a file of that name exists and is not a socket";

static int bind_unix(struct attempt *attempt, struct bound *address,
                     const char *where) {
  struct sockaddr_un at;
  if (!name_of(attempt, where, &at)) return -1;
  if (!make_free(&at))
    return fail_attempt(attempt,
                        errno == EEXIST ? no_socket : advice_for(errno));
  int descriptor =
      socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return fail_attempt(attempt, advice_for(errno));
  if (bind_private(descriptor, &at) != 0) {
    give_up(descriptor);
    return fail_attempt(attempt, advice_for(errno));
  }
  address->path = realpath(at.sun_path, NULL); /* absolute, because the working
                                                  directory may change */
  if (!address->path || lstat(at.sun_path, &address->file) != 0 ||
      listen(descriptor, BACKLOG) != 0) {
    give_up(descriptor);
    return fail_attempt(attempt, advice_for(errno));
  }
  return descriptor;
}

/* Checks what can be checked without binding. A socket file is no obstacle:
   this server may be the one that listens there, and a stale one is removed. */
static void look_at_unix(struct attempt *attempt, const char *where) {
  struct sockaddr_un at;
  struct stat file;
  char folder[sizeof at.sun_path + 1];
  if (!name_of(attempt, where, &at)) return;
  const char *slash = strrchr(at.sun_path, '/');
  snprintf(folder, sizeof folder, "%.*s",
           slash ? (int)(slash - at.sun_path) + 1 : 1,
           slash ? at.sun_path : ".");
  if (lstat(at.sun_path, &file) == 0 && !S_ISSOCK(file.st_mode))
    attempt->why = no_socket;
  else if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
    attempt->why =
        errno == ENOENT ? "there is no such folder" : advice_for(errno);
}

int bound_bind(struct bound *address, const char *where) {
  struct attempt attempt = {0};
  address->is_unix = place_of(where).path != NULL;
  int descriptor = address->is_unix ? bind_unix(&attempt, address, where)
                                    : bind_port(&attempt, where);
  if (descriptor < 0)
    log_event(LOG_ERROR, "cannot listen on %s: %s", where, attempt.why);
  return descriptor;
}

const char *bound_check(const char *where) {
  struct attempt attempt = {.only_looks = true};
  if (place_of(where).path) {
    look_at_unix(&attempt, where);
    return attempt.why;
  }
  int descriptor = bind_port(&attempt, where);
  if (descriptor >= 0) close(descriptor);
  return attempt.why;
}

bool bound_adopt(struct bound *address, const char *where, int descriptor) {
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  (void)getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
  address->is_unix = family == AF_UNIX;
  const char *path = place_of(where).path;
  if (!path) return true;
  address->path = realpath(path, NULL);
  return address->path && lstat(address->path, &address->file) == 0;
}

bool bound_is_ours(const struct bound *address) {
  struct stat file;
  if (!address->path) return true; /* a socket of systemd's, or none */
  return lstat(address->path, &file) == 0 &&
         file.st_dev == address->file.st_dev &&
         file.st_ino == address->file.st_ino;
}

bool bound_is_found(const struct bound *address, const char *where) {
  struct stat file;
  if (!address->path) return true;
  return stat(place_of(where).path, &file) == 0 &&
         file.st_dev == address->file.st_dev &&
         file.st_ino == address->file.st_ino;
}

bool bound_give(const struct bound *address, uid_t user, gid_t group) {
  if (!address->path || !bound_is_ours(address)) return true;
  return lchown(address->path, user, group) == 0;
}

void bound_leave(struct bound *address) {
  free(address->path);
  address->path = NULL;
}

void bound_close(struct bound *address) {
  if (address->path && bound_is_ours(address)) unlink(address->path);
  bound_leave(address);
}

/* The name of an abstract address begins with a zero, which is printed as
   "@". */
static void name_unix(const struct sockaddr_un *at,
                      char name[LISTENER_NAME_SIZE]) {
  bool is_abstract = at->sun_path[0] == '\0' && at->sun_path[1] != '\0';
  snprintf(name, LISTENER_NAME_SIZE, "unix:%s%.*s", is_abstract ? "@" : "",
           (int)sizeof at->sun_path - is_abstract, at->sun_path + is_abstract);
}

void bound_name(int descriptor, char name[LISTENER_NAME_SIZE]) {
  struct sockaddr_storage at = {0};
  socklen_t size = sizeof at;
  char host[64];
  char port[8];
  snprintf(name, LISTENER_NAME_SIZE, "?");
  if (getsockname(descriptor, (struct sockaddr *)&at, &size) != 0) return;
  if (at.ss_family == AF_UNIX) {
    name_unix((const struct sockaddr_un *)(const void *)&at, name);
  } else if (getnameinfo((struct sockaddr *)&at, size, host, sizeof host, port,
                         sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
    snprintf(name, LISTENER_NAME_SIZE,
             at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
  }
}

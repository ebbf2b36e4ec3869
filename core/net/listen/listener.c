#include "net/listen/listener.h"

#include "lib/log.h"
#include "model/config.h"
#include "model/registry.h"
#include "net/listen/adopt.h"
#include "net/listen/bound.h"
#include "net/listen/inherited.h"
#include "net/listen/place.h"
#include "net/listen/proxy.h"
#include "net/socket/arrival.h"
#include "net/socket/descriptors.h"
#include "net/socket/state.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  ACCEPTS_PER_TURN = 64,
  ENDED_PER_TURN = 16, /* sockets ended to make room; their descriptors are free
                          only after the turn */
  SHORTAGE_PAUSE = 100 /* milliseconds */
};

struct listener {
  struct net *net;
  struct listener *next;
  struct bound address;
  char *where; /* the place in base.lua, or "systemd:name" */
  bool is_api;
  bool is_shared;   /* another process has it too: closing it here leaves its
                       Unix socket */
  bool is_proxy;    /* every connection begins with a PROXY header */
  bool is_loopback; /* only this machine reaches it, and it has no proxy */
  int descriptor;
  uv_poll_t poll;
  uv_timer_t pause;
  int open_handles;
};

bool listener_is_api(const struct listener *listener) {
  return listener->is_api;
}

struct listener *listener_next(const struct listener *listener) {
  return listener->next;
}

static struct address address_of(const struct sockaddr_storage *from) {
  if (from->ss_family == AF_INET)
    return address_of_ipv4(
        (const void *)&((const struct sockaddr_in *)(const void *)from)
            ->sin_addr);
  if (from->ss_family == AF_INET6)
    return address_of_ipv6(
        ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr.s6_addr);
  return (struct address){.is_unix = true};
}

static bool is_on_loopback(int descriptor) {
  struct sockaddr_storage place = {0};
  socklen_t size = sizeof place;
  if (getsockname(descriptor, (struct sockaddr *)&place, &size) != 0)
    return false;
  struct address address = address_of(&place);
  return address_is_loopback(&address);
}

static void pass_arrival(struct listener *listener, int descriptor,
                         const struct sockaddr_storage *from) {
  struct arrival arrival = {.is_api = listener->is_api,
                            .is_local = listener->address.is_unix,
                            .is_loopback = listener->is_loopback,
                            .address = address_of(from)};
  if (listener->is_proxy)
    proxy_start(listener->net, &arrival, descriptor);
  else
    adopt(listener->net, &arrival, descriptor);
}

/* An error of one client only (accept(2)): it has gone again, a firewall
   forbids it, or its network is down. The next one may be accepted. */
static bool is_of_one(int error) {
  switch (error) {
  case ECONNABORTED:
  case EINTR:
  case EPERM:
  case EPROTO:
  case ENOPROTOOPT:
  case ENETDOWN:
  case ENETUNREACH:
  case EHOSTDOWN:
  case EHOSTUNREACH:
  case ENONET:
  case EOPNOTSUPP:
    return true;
  default:
    return false;
  }
}

static bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS ||
         error == ENOMEM;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void on_pause_over(uv_timer_t *timer) {
  struct listener *listener = timer->data;
  uv_poll_start(&listener->poll, UV_READABLE, on_poll);
}

/* Clients in the backlog keep the descriptor readable while accepting fails.
   Without a pause the loop would do nothing else. */
static void pause_accepting(struct listener *listener, int error) {
  struct net *net = listener->net;
  uv_poll_stop(&listener->poll);
  uv_timer_start(&listener->pause, on_pause_over, SHORTAGE_PAUSE, 0);
  if (!limit_hit_add(&net->registry->limit_hits, LIMIT_HIT_DESCRIPTORS)) return;
  const char *advice = is_shortage(error)
                           ? " (raise the limit of descriptors, ulimit -n, or "
                             "lower limits.connections)"
                           : "";
  log_event(LOG_ERROR, "cannot accept connections: %s; %zu sockets stay open%s",
            strerror(error), net->socket_count, advice);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  struct listener *listener = poll->data;
  int ended = 0;
  (void)events;
  if (status < 0) {
    pause_accepting(listener, -status);
    return;
  }
  for (int i = 0; i < ACCEPTS_PER_TURN && ended < ENDED_PER_TURN; i++) {
    if (!descriptors_are_left(listener->net, listener->is_api)) {
      pause_accepting(listener, EMFILE);
      return;
    }
    struct sockaddr_storage from = {0};
    socklen_t size = sizeof from;
    int descriptor = accept4(listener->descriptor, (struct sockaddr *)&from,
                             &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      ended += descriptors_make_room(listener->net, listener->is_api);
      pass_arrival(listener, descriptor, &from);
    } else if (errno == EAGAIN) {
      return;
    } else if (!is_of_one(errno)) {
      pause_accepting(listener, errno);
      return;
    }
  }
}

static bool start_listener(struct listener *listener) {
  struct net *net = listener->net;
  if (uv_poll_init(net->loop, &listener->poll, listener->descriptor) != 0) {
    return false;
  }
  uv_timer_init(net->loop, &listener->pause);
  listener->open_handles = 2;
  listener->poll.data = listener->pause.data = listener;
  listener->is_loopback =
      !listener->is_proxy && is_on_loopback(listener->descriptor);
  uv_poll_start(&listener->poll, UV_READABLE, on_poll);
  listener->next = net->listeners;
  net->listeners = listener;
  return true;
}

/* Prints the URL for a browser on this machine. False when there is none. */
static bool print_url(const struct listener *listener, const char *name,
                      char url[LISTENER_NAME_SIZE]) {
  if (listener->is_api || listener->is_proxy || listener->address.is_unix)
    return false;
  const char *port = strrchr(name, ':');
  size_t size = port ? (size_t)(port - name) : 0;
  bool is_any =
      strncmp(name, "0.0.0.0:", 8) == 0 || strncmp(name, "[::]:", 5) == 0;
  if (size == 0) return false;
  snprintf(url, LISTENER_NAME_SIZE, "http%s://%.*s%s",
           listener->net->tls ? "s" : "", is_any ? 9 : (int)size,
           is_any ? "localhost" : name, port);
  return true;
}

static void log_listening(const struct listener *listener) {
  char name[LISTENER_NAME_SIZE];
  char url[LISTENER_NAME_SIZE];
  struct log_field fields[2] = {{.name = "address"}};
  size_t count = 1;
  bound_name(listener->descriptor, name);
  fields[0].value = text_of(name);
  if (listener->is_api)
    fields[count++] = (struct log_field){"for", text_of("api"), false};
  else if (print_url(listener, name, url))
    fields[count++] = (struct log_field){"url", text_of(url), false};
  log_write(LOG_INFO, text_of("listening"), fields, (int)count);
}

static void close_descriptor(struct listener *listener) {
  if (listener->descriptor >= 0) close(listener->descriptor);
  if (listener->is_shared) bound_leave(&listener->address);
  bound_close(&listener->address);
}

static void free_listener(struct listener *listener) {
  free(listener->where);
  free(listener);
}

static struct listener *make_listener(struct net *net,
                                      const struct place *place, bool is_api) {
  struct listener *listener = calloc(1, sizeof *listener);
  if (!listener) return NULL;
  listener->net = net;
  listener->is_api = is_api;
  listener->is_proxy = place->is_proxy;
  listener->descriptor = -1;
  return listener;
}

/* Adds it to net->listeners. On failure frees it and returns false. */
static bool add_listener(struct listener *listener) {
  if (listener->descriptor >= 0 && listener->where &&
      start_listener(listener)) {
    log_listening(listener);
    return true;
  }
  close_descriptor(listener);
  free_listener(listener);
  return false;
}

static bool open_inherited(struct net *net, const struct place *place,
                           bool is_api, const struct inherited *inherited) {
  struct listener *listener = make_listener(net, place, is_api);
  if (!listener) {
    free(inherited->where);
    close(inherited->descriptor);
    return false;
  }
  listener->descriptor = inherited->descriptor;
  listener->where = inherited->where;
  listener->is_shared = true;
  if (!bound_adopt(&listener->address, listener->where, listener->descriptor))
    log_event(LOG_WARN, "%s no longer exists", listener->where);
  return add_listener(listener);
}

static bool open_anew(struct net *net, const struct place *place, bool is_api) {
  struct listener *listener = make_listener(net, place, is_api);
  if (!listener) return false;
  listener->where = strdup(place->where);
  listener->descriptor = bound_bind(&listener->address, place->where);
  return add_listener(listener);
}

bool listener_open(struct net *net, const char *text, bool is_api) {
  struct place place = place_of(text);
  bool is_systemd = place_is_given(&place);
  bool is_any = false;
  struct inherited inherited;
  while ((is_systemd || !is_any) &&
         inherited_take(&net->inherited, net->config, &place, &inherited)) {
    if (!open_inherited(net, &place, is_api, &inherited)) return false;
    is_any = true;
  }
  if (is_any) return true;
  if (!is_systemd) return open_anew(net, &place, is_api);
  log_event(LOG_ERROR,
            "cannot listen on %s: no such socket was passed (start Base "
            "through a .socket unit with this FileDescriptorName)",
            place.where);
  return false;
}

bool listener_may_be_handed_over(const struct listener *listener,
                                 int *descriptor, const char **where) {
  *descriptor = listener->descriptor;
  *where = listener->where;
  return bound_is_ours(&listener->address);
}

bool listener_give(const struct listener *listener, uid_t user, gid_t group) {
  return bound_give(&listener->address, user, group);
}

void listener_tell_if_lost(const struct listener *listener) {
  if (bound_is_found(&listener->address, listener->where)) return;
  log_event(LOG_WARN,
            "clients cannot reach %s: the socket was removed or replaced, or "
            "it is in the project's previous folder: it needs a restart",
            listener->where);
}

void listener_settle(struct listener *listener, bool is_ours) {
  listener->is_shared = !is_ours;
}

static void on_handle_closed(uv_handle_t *handle) {
  struct listener *listener = handle->data;
  if (--listener->open_handles == 0) free_listener(listener);
}

void listener_close(struct listener *listener) {
  struct listener **link = &listener->net->listeners;
  while (*link != listener) {
    link = &(*link)->next;
  }
  *link = listener->next;
  uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
  uv_close((uv_handle_t *)&listener->pause, on_handle_closed);
  close_descriptor(listener);
}

#include "net/listen/proxy.h"

#include "lib/list.h"
#include "lib/log.h"
#include "lib/timers.h"
#include "model/config.h"
#include "model/registry.h"
#include "net/listen/adopt.h"
#include "net/listen/proxy_header.h"
#include "net/peer/client.h"
#include "net/socket/arrival.h"
#include "net/socket/state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct proxy {
  struct net *net;
  struct arrival arrival;
  int descriptor;
  uv_poll_t poll;
  struct timer deadline;
  struct visitor visitor;
  struct list_link of_net;
  size_t size;
  char bytes[PROXY_HEADER_MAX]; /* the part of the header that has come */
};

static void on_poll_closed(uv_handle_t *handle) {
  free(handle->data);
}

/* Frees the proxy and returns its descriptor, which is the caller's again. */
static int release_proxy(struct proxy *proxy) {
  struct net *net = proxy->net;
  timer_stop(net->registry->timers, &proxy->deadline);
  visitors_put(&net->visitors, &proxy->visitor, VISIT_NONE);
  list_remove(&proxy->of_net);
  net->proxy_count--;
  uv_poll_stop(&proxy->poll);
  uv_close((uv_handle_t *)&proxy->poll, on_poll_closed);
  return proxy->descriptor;
}

static void tell_refused(struct net *net, const struct arrival *arrival,
                         enum limit_hit_cause cause, const char *why) {
  char text[ADDRESS_TEXT_SIZE];
  if (!limit_hit_add(&net->registry->limit_hits, cause)) return;
  address_print(&arrival->address, text);
  struct log_field field = {"address", text_of(text), false};
  log_write(LOG_WARN, text_of(why), &field, 1);
}

static void refuse_proxy(struct proxy *proxy, const char *why) {
  tell_refused(proxy->net, &proxy->arrival, LIMIT_HIT_PROXY, why);
  close(release_proxy(proxy));
}

static void on_late(struct timer *timer) {
  refuse_proxy(owner_of(timer, struct proxy, deadline),
               "refused: no PROXY header in time (limits.handshake_time)");
}

/* The header is complete: it becomes a connection like any other. */
static void pass_on(struct proxy *proxy, const struct proxy_header *header) {
  struct arrival arrival = proxy->arrival;
  if (header->has_address) arrival.address = header->address;
  adopt(proxy->net, &arrival, release_proxy(proxy));
}

/* Reads no more bytes than certainly belong to the header. Returns below 0 like
   recv; 0 at the end. */
static ssize_t take_header_bytes(struct proxy *proxy,
                                 struct proxy_header *header,
                                 enum proxy_header_status *status) {
  char *behind = proxy->bytes + proxy->size;
  ssize_t seen = recv(proxy->descriptor, behind,
                      sizeof proxy->bytes - proxy->size, MSG_PEEK);
  if (seen <= 0) return seen;
  size_t size = proxy->size + (size_t)seen;
  *status = proxy_header_scan(header, proxy->bytes, size);
  size_t wanted = *status == PROXY_HEADER_WHOLE ? header->size : size;
  return recv(proxy->descriptor, behind, wanted - proxy->size, 0);
}

static void on_readable(uv_poll_t *poll, int failed, int events) {
  struct proxy *proxy = poll->data;
  struct proxy_header header;
  enum proxy_header_status status = PROXY_HEADER_PART;
  (void)events;
  ssize_t taken = failed < 0 ? 0 : take_header_bytes(proxy, &header, &status);
  if (taken < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (taken <= 0) {
    close(release_proxy(proxy));
    return;
  }
  proxy->size += (size_t)taken;
  if (status == PROXY_HEADER_WHOLE)
    pass_on(proxy, &header);
  else if (status == PROXY_HEADER_REFUSED)
    refuse_proxy(proxy, "refused: this listener requires a PROXY header");
}

static void end_visiting_proxy(struct visitor *visitor) {
  close(release_proxy(owner_of(visitor, struct proxy, visitor)));
}

static bool start_proxy(struct proxy *proxy) {
  struct net *net = proxy->net;
  if (uv_poll_init(net->loop, &proxy->poll, proxy->descriptor) != 0)
    return false;
  proxy->poll.data = proxy;
  proxy->deadline.on_due = on_late;
  list_prepend(&net->proxies, &proxy->of_net);
  net->proxy_count++;
  proxy->visitor.make_room = end_visiting_proxy;
  visitors_put(&net->visitors, &proxy->visitor, VISIT_HEAD);
  uint64_t time = net->config->limits.handshake_time;
  if (time > 0) timer_start(net->registry->timers, &proxy->deadline, time);
  if (uv_poll_start(&proxy->poll, UV_READABLE, on_readable) != 0)
    close(release_proxy(proxy));
  return true;
}

void proxy_start(struct net *net, const struct arrival *arrival,
                 int descriptor) {
  const struct networks *trusted = &net->config->trusted_proxies;
  if (trusted->count > 0 && !networks_have(trusted, &arrival->address)) {
    tell_refused(net, arrival, LIMIT_HIT_TRUSTED,
                 "refused: this proxy is not listed in trusted_proxies");
    close(descriptor);
    return;
  }
  struct proxy *proxy = calloc(1, sizeof *proxy);
  if (proxy) {
    proxy->net = net;
    proxy->arrival = *arrival;
    proxy->descriptor = descriptor;
    if (start_proxy(proxy)) return;
  }
  free(proxy);
  close(descriptor);
}

void proxy_stop_all(struct net *net) {
  list_each(struct proxy, proxy, &net->proxies, of_net)
    close(release_proxy(proxy));
}

#include "net/socket/descriptors.h"

#include "lib/log.h"
#include "model/config.h"
#include "model/registry.h"
#include "net/socket/state.h"

#include <inttypes.h>
#include <sys/resource.h>

enum {
  KEPT = 64,         /* for files, listeners and libraries, and for: */
  KEPT_FOR_API = 32, /* of these, for sockets of the API alone */
  WANTED = 65536,    /* where limits.connections has no limit */
  MOST = 1024 * 1024
};

/* --- how many there are --- */

static rlim_t kept_descriptors(const struct config *config) {
  return KEPT + (rlim_t)config->http_client.connections;
}

static rlim_t wanted_descriptors(const struct config *config) {
  if (config->limits.connections == 0) return WANTED;
  return (rlim_t)config->limits.connections + KEPT + kept_descriptors(config);
}

static rlim_t smaller_count(rlim_t a, rlim_t b) {
  return a < b ? a : b;
}

static rlim_t larger_count(rlim_t a, rlim_t b) {
  return a > b ? a : b;
}

static struct rlimit limit_now(void) {
  struct rlimit limit = {WANTED, WANTED};
  (void)getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

/* Sets the limit of the process, as far as the system permits. */
static void allow_descriptors(rlim_t count) {
  struct rlimit limit = limit_now();
  limit.rlim_cur = smaller_count(count, limit.rlim_max);
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void descriptors_open(struct net *net) {
  rlim_t before = limit_now().rlim_cur;
  allow_descriptors(smaller_count(
      larger_count(larger_count(wanted_descriptors(net->config), WANTED),
                   before),
      MOST));
  net->descriptors_before = before;
  net->descriptors_most = limit_now().rlim_cur;
}

void descriptors_opened(struct net *net) {
  allow_descriptors(
      smaller_count(net->descriptors_before, net->descriptors_most));
  descriptors_share(net);
}

static void tell_shortage(const struct net *net, rlim_t count) {
  bool helps_restart = limit_now().rlim_max > net->descriptors_most &&
                       net->descriptors_most < MOST;
  log_event(LOG_WARN,
            "only %zu connections can be open at once: limits.connections = "
            "%" PRIu64 " needs %ju descriptors, and %ju are available (%s)",
            net->connection_limit, net->config->limits.connections,
            (uintmax_t)wanted_descriptors(net->config), (uintmax_t)count,
            helps_restart ? "a restart raises the limit"
                          : "raise the limit of descriptors: ulimit -n, or "
                            "LimitNOFILE of the unit");
}

void descriptors_share(struct net *net) {
  const struct config *config = net->config;
  rlim_t most = net->descriptors_most;
  allow_descriptors(smaller_count(
      larger_count(wanted_descriptors(config), limit_now().rlim_cur), most));
  rlim_t count = smaller_count(limit_now().rlim_cur, most);
  rlim_t others = kept_descriptors(config);
  net->connection_limit = count > others ? (size_t)(count - others) : 1;
  if (net->connection_limit < config->limits.connections)
    tell_shortage(net, count);
}

/* --- sharing them out --- */

/* What all sockets may use; only the API's may use the last of it. */
static size_t socket_room(const struct net *net) {
  return net->connection_limit + KEPT_FOR_API;
}

/* Whether there is no room for one more of that kind. */
static bool is_share_full(const struct net *net, bool is_api) {
  size_t all = net->socket_count + net->proxy_count + net->file_count;
  size_t count = is_api ? net->api_visitors.count : net->visitors.count;
  if (count >= socket_room(net) / 2) return true;
  return all >= socket_room(net) && !(is_api && count < KEPT_FOR_API);
}

static struct visitor *first_to_go(const struct net *net, bool is_api) {
  return visitors_first(is_api ? &net->api_visitors : &net->visitors);
}

bool descriptors_are_left(const struct net *net, bool is_api) {
  return !is_share_full(net, is_api) || first_to_go(net, is_api);
}

static void tell_ended(struct net *net) {
  if (!limit_hit_add(&net->registry->limit_hits, LIMIT_HIT_HTTP_SOCKETS))
    return;
  log_event(LOG_WARN,
            "full: %zu of %zu sockets speak HTTP, their share of the "
            "descriptors; each new one closes the one that waits longest",
            net->visitors.count + net->api_visitors.count,
            net->socket_count + net->proxy_count);
}

static void end_visitor(struct net *net, struct visitor *visitor) {
  if (visitor->visit != VISIT_LEAVING) tell_ended(net);
  visitor->make_room(visitor);
}

/* A reload may have made the share much smaller: then two are ended for each
   one that comes, until it is met again. */
bool descriptors_make_room(struct net *net, bool is_api) {
  enum { AT_ONCE = 2 };
  bool has_ended = false;
  for (int i = 0; i < AT_ONCE && is_share_full(net, is_api); i++) {
    struct visitor *visitor = first_to_go(net, is_api);
    if (!visitor) break;
    end_visitor(net, visitor);
    has_ended = true;
  }
  return has_ended;
}

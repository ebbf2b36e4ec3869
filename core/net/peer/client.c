#include "net/peer/client.h"

#include "lib/log.h"
#include "model/config.h"
#include "model/head.h"
#include "model/registry.h"
#include "net/peer/forwarded.h"
#include "net/peer/host.h"
#include "net/socket/arrival.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/socket/upgrade.h"

#include <stdio.h>

enum { LOGGED_NAME_MAX = 256 }; /* bytes of a name from a client */

static uint64_t address_limit_of(const struct net *net) {
  return net->config->limits.connections_per_address;
}

static void tell_surplus(struct net *net, const char *address) {
  if (!limit_hit_add(&net->registry->limit_hits, LIMIT_HIT_PER_ADDRESS)) return;
  struct log_field field = {"address", text_of(address), false};
  log_write(LOG_WARN,
            text_of("refused: too many connections of this address "
                    "(limits.connections_per_address)"),
            &field, 1);
}

bool client_arrive(struct net *net, struct arrival *arrival) {
  arrival->is_trusted =
      networks_have(&net->config->trusted_proxies, &arrival->address);
  if (arrival->is_trusted || arrival->address.is_unix || arrival->is_api)
    return true;
  if (address_limit_enter(&net->address_limit, &arrival->place,
                          &arrival->address, address_limit_of(net)))
    return true;
  char address[ADDRESS_TEXT_SIZE];
  address_print(&arrival->address, address);
  tell_surplus(net, address);
  return false;
}

/* The client's address: what trusted proxies say, else the peer's own. */
static struct address find_client(const struct socket *socket,
                                  const struct head *head) {
  struct forwarded forwarded = {0};
  size_t cursor = 0;
  struct text value;
  while (head_next_named(head, "X-Forwarded-For", &cursor, &value))
    forwarded_take(&forwarded, value, &socket->net->config->trusted_proxies);
  return forwarded.is_known ? forwarded.client : socket->peer.address;
}

/* Whether the client came over TLS: what the nearest proxy says, else what this
   socket is. */
static bool find_secure(const struct socket *socket, const struct head *head) {
  struct text scheme;
  if (!head_find_last(head, "X-Forwarded-Proto", &scheme))
    return socket->is_secure;
  scheme = forwarded_last(scheme);
  if (text_equals_nocase(scheme, text_of("https")) ||
      text_equals_nocase(scheme, text_of("wss")))
    return true;
  bool is_plain = text_equals_nocase(scheme, text_of("http")) ||
                  text_equals_nocase(scheme, text_of("ws"));
  return is_plain ? false : socket->is_secure;
}

/* Counts the socket for another client than before. */
static void change_place(struct socket *socket, const struct address *client) {
  struct net *net = socket->net;
  address_limit_leave(&net->address_limit, &socket->peer.place);
  socket->is_surplus = false;
  if (socket->is_api || client->is_unix) return;
  socket->is_surplus = !address_limit_enter(
      &net->address_limit, &socket->peer.place, client, address_limit_of(net));
}

/* Decided anew for each request, because a reload may change it. */
void client_identify(struct socket *socket, struct head *head) {
  struct address client = socket->peer.address;
  head->is_secure = socket->is_secure;
  head->is_forwarded = networks_have(&socket->net->config->trusted_proxies,
                                     &socket->peer.address);
  if (head->is_forwarded) {
    client = find_client(socket, head);
    head->is_secure = find_secure(socket, head);
  }
  if (head->is_forwarded || socket->is_forwarded) change_place(socket, &client);
  socket->is_forwarded = head->is_forwarded;
  address_print(&client, head->address);
}

/* Whether a trusted proxy passed it on: such a proxy has its own rules about
   hosts. */
static bool is_brought(const struct head *head) {
  struct text value;
  return head->is_forwarded && (head_find(head, "X-Forwarded-For", &value) ||
                                head_find(head, "X-Forwarded-Host", &value));
}

static void tell_host(struct net *net, struct text host, const char *address) {
  struct text name = host_name(host);
  bool is_listable = name.size <= LOGGED_NAME_MAX && host_is_plain(name);
  if (!limit_hit_add(&net->registry->limit_hits, LIMIT_HIT_HOSTS)) return;
  char text[2 * LOGGED_NAME_MAX];
  int size = snprintf(text, sizeof text,
                      "refused: the Host is not a name of this machine");
  if (is_listable)
    size = snprintf(text, sizeof text,
                    "refused: the Host is not a name of this machine; hosts = "
                    "{ \"%.*s\" } in base.lua would allow it",
                    (int)name.size, name.bytes);
  if (host.size > LOGGED_NAME_MAX) host.size = LOGGED_NAME_MAX;
  struct log_field fields[] = {{"host", host, false},
                               {"address", text_of(address), false}};
  log_write(LOG_WARN, (struct text){text, (size_t)size}, fields, 2);
}

/* A browser always names a host, and always names an origin when it asks for a
   WebSocket. */
static bool is_no_browser(const struct head *head) {
  struct text origin;
  return head_host(head).size == 0 ||
         (upgrade_is_asked(head) && !head_find(head, "Origin", &origin));
}

bool client_asks_for_us(const struct socket *socket, const struct head *head) {
  struct text host = head_host(head);
  if (socket->is_api || !socket->is_loopback || is_brought(head)) return true;
  if (is_no_browser(head) || host_is_named(socket->net->config, host))
    return true;
  tell_host(socket->net, host, head->address);
  return false;
}

bool client_may_stay(struct socket *socket, const struct head *head) {
  struct net *net = socket->net;
  if (!socket->is_surplus &&
      address_limit_may_stay(&socket->peer.place, address_limit_of(net)))
    return true;
  tell_surplus(net, head->address);
  return false;
}

void client_finish(struct socket *socket) {
  if (socket->is_forwarded)
    address_limit_leave(&socket->net->address_limit, &socket->peer.place);
}

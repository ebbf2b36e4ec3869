#ifndef BASE_NET_SOCKET_STATE_H
#define BASE_NET_SOCKET_STATE_H

/*
** What the rooms of net share: the one struct net. Only they include this.
*/
#include "lib/list.h"
#include "lib/timers.h"
#include "model/address_limit.h"
#include "net/socket/events.h"
#include "net/socket/visitors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct arrival;
struct deflate;
struct inherited;
struct listener;
struct lws_context;
struct lws_vhost;
struct protocol;
struct socket;
struct tls;
struct upgrade;

enum { NET_READ_SIZE = 256 * 1024, NET_CORK_SIZE = 256 * 1024 };

struct net {
  uv_loop_t *loop;
  struct registry *registry;
  const struct config *config;
  const struct net_events *events;
  void *context; /* of the events */

  const struct protocol *first_protocol; /* of each socket */
  const struct upgrade *upgrade;

  struct lws_context *lws; /* net/transport's, as vhost */
  struct lws_vhost *vhost;
  struct tls *tls; /* NULL without TLS */
  struct timer tick;
  uint32_t seconds; /* ticks so far, beginning with 1 */

  struct inherited *inherited; /* what no listener has taken yet */
  struct listener *listeners;
  struct arrival *arriving; /* whose socket is just being adopted */

  struct address_limit address_limit;
  struct list proxies; /* whose header has not come */
  size_t proxy_count;
  struct list sockets;
  size_t socket_count;
  size_t file_count;         /* that are being sent */
  uint64_t kept;             /* bytes of requests, that http keeps */
  size_t descriptors_before; /* that were allowed, when we were started */
  size_t descriptors_most;   /* that libwebsockets knows */
  size_t connection_limit;   /* what the descriptors allow */
  struct visitors visitors;  /* who may not take them all */
  struct visitors api_visitors;
  struct socket *inside; /* whose callback is on the stack */

  struct deflate *deflate;
  uint64_t turn_ends;   /* of uv_hrtime: what frames come then wait for the next
                           turn; 0: never */
  uint64_t behind;      /* bytes of frames that wait so */
  uint64_t inflated;    /* bytes, of what the last read brought */
  struct message *ping; /* one for all */
  char *cork;           /* NET_CORK_SIZE bytes: frames on their way out */
  bool is_replaced;     /* by net_be_replaced */
  bool is_stopped;      /* by net_stop_reading */
  bool is_api_stopped;  /* by net_stop_api */
  bool is_ending;       /* inside net_free */
};

#endif

#ifndef BASE_NET_SOCKET_STATE_H
#define BASE_NET_SOCKET_STATE_H

/*
** The one struct net, which the rooms of net share. No other room includes
** this.
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
  void *context; /* for the events */

  const struct protocol *first_protocol; /* the first protocol of each socket */
  const struct upgrade *upgrade;

  struct lws_context *lws; /* net/socket/transport's, as is vhost */
  struct lws_vhost *vhost;
  struct tls *tls; /* NULL without TLS */
  struct timer tick;
  uint32_t seconds; /* ticks so far, beginning with 1 */

  struct inherited *inherited; /* descriptors that no listener has taken yet */
  struct listener *listeners;
  struct arrival *arriving; /* the one whose socket is being adopted right
                               now */

  struct address_limit address_limit;
  struct list proxies; /* connections whose PROXY header has not come yet */
  size_t proxy_count;
  struct list sockets;
  size_t socket_count;
  size_t file_count;         /* files that are being sent */
  uint64_t kept;             /* bytes of requests that http keeps */
  size_t descriptors_before; /* descriptors that were allowed at the start */
  size_t descriptors_most;   /* descriptors that libwebsockets' table has room
                                for */
  size_t connection_limit;   /* connections that the descriptors allow */
  struct visitors visitors;  /* sockets without a WebSocket */
  struct visitors api_visitors;
  struct socket *inside; /* the socket whose callback is on the stack */

  struct deflate *deflate;
  uint64_t turn_ends;   /* in uv_hrtime: frames after that wait for the next
                           turn; 0: never */
  uint64_t behind;      /* bytes of the frames that wait */
  uint64_t inflated;    /* bytes that the last read inflated to */
  struct message *ping; /* shared by all sockets */
  char *cork;           /* NET_CORK_SIZE bytes: frames to be written */
  bool is_replaced;     /* set by net_be_replaced */
  bool is_stopped;      /* set by net_stop_reading */
  bool is_api_stopped;  /* set by net_stop_api */
  bool is_ending;       /* inside net_free */
};

#endif

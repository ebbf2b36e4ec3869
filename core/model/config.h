#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

/*
** base.lua as C sees it: what Lua has checked already, in plain values. Times
** are milliseconds, sizes are bytes; 0 in a limit that may have none means no
** limit.
*/
#include "lib/address.h"
#include "lib/log.h"
#include "lib/origin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who gets 4009 when a user has too many connections. */
enum on_exceed { EXCEED_REJECT /* the newest */, EXCEED_CLOSE_OLDEST };

/* What becomes of a message that a slow reader has no room for. */
enum on_slow { SLOW_CLOSE /* and of the reader: 4008 */, SLOW_DROP };

struct string_list {
  char **items;
  size_t count;
};

struct limits {
  uint64_t message_size;
  uint64_t connections; /* 0: what the descriptors allow */
  uint64_t connections_per_user;
  uint64_t connections_per_address;
  enum on_exceed on_exceed;
  uint64_t rate;
  uint64_t burst;
  uint64_t queue_size;
  enum on_slow on_slow;
  uint64_t pending_messages;
  uint64_t waiting_per_user;
  uint64_t waiting_per_address;
  uint64_t handshake_time;
  uint64_t authenticate_time;
  uint64_t guest_time;
  uint64_t run_time;
  uint64_t slow_run;
  uint64_t action_time;
  uint64_t timers;
  uint64_t coroutines;
  uint64_t run_memory;
  uint64_t memory;
  uint64_t http_head;
  uint64_t http_body;
};

/* Of requests that go out. */
struct http_client_limits {
  uint64_t connections; /* at once, at least 1 */
  uint64_t queue;       /* behind them */
  uint64_t keep_alive;  /* of connections, after the last request */
};

struct config {
  /* Concerns listening: changed only by a restart. Each is "address:port",
     "[address]:port", ":port" (all addresses), "unix:path", "systemd" or
     "systemd:name", with "proxy " before it where every connection begins with
     a PROXY header. */
  struct string_list listen;
  struct string_list api_listen; /* likewise; empty: there is no API */
  struct string_list api_keys;   /* any of which opens it */
  char *user; /* to become after listening, "name" or "name:group"; or NULL */
  bool has_tls;
  char *certificate; /* paths of PEM files, or NULL */
  char *key;

  char *path;                   /* of WebSockets, or NULL: any */
  bool has_origins;             /* else: the page's host must be ours */
  struct origins origins;       /* "https://example.com", "*", "null" */
  struct string_list hosts;     /* "shop.example", "*.shop.example" */
  struct string_list protocols; /* subprotocols, those that are liked first */
  struct networks trusted_proxies;
  char *public_folder; /* or NULL */
  char *actions;       /* the folder */
  bool has_http;       /* there is a handler of HTTP requests */
  bool takes_text;     /* on.text is there: the protocol is the script's own */
  bool takes_binary;   /* on.binary is there */
  int deflate_level;   /* 1 to 9, or 0: no permessage-deflate */
  uint64_t deflate_threshold;
  uint64_t heartbeat_interval;
  uint64_t heartbeat_timeout;
  uint64_t http_keep_alive; /* 0: a connection has one request */
  uint64_t offline_after;
  uint64_t drain;
  struct limits limits;
  struct http_client_limits http_client;
  enum log_level log_level;
  enum log_format log_format;
};

/* Frees what the config owns, not the struct itself, and leaves it all zero. */
void config_close(struct config *config);

/* A copy at the list's end. False when memory ran out. */
bool string_list_add(struct string_list *list, const char *item);

/* Whether two lists have the same items in the same order. */
bool string_list_equals(const struct string_list *a,
                        const struct string_list *b);

#endif

#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

/*
** The settings of base.lua as C sees them: plain values that Lua has checked.
** Times are milliseconds, sizes are bytes. In a limit that may be off, 0 means
** no limit.
*/
#include "lib/address.h"
#include "lib/log.h"
#include "lib/origin.h"
#include "model/channel_rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which connection gets 4009 when a user has too many. */
enum on_exceed { EXCEED_REJECT /* the newest */, EXCEED_CLOSE_OLDEST };

/* What happens to a message that does not fit into a slow reader's outbox. */
enum on_slow { SLOW_CLOSE /* the reader is closed with 4008 */, SLOW_DROP };

struct string_list {
  char **items;
  size_t count;
};

struct limits {
  uint64_t message_size;
  uint64_t connections; /* 0: as many as the descriptors allow */
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
  uint64_t channels;
  uint64_t members_listed;
  uint64_t history_memory;
};

/* Limits of the requests that scripts make. */
struct http_client_limits {
  uint64_t connections; /* at once, at least 1 */
  uint64_t queue;       /* requests that wait for a free connection */
  uint64_t keep_alive;  /* of idle connections */
};

struct config {
  /* Only a restart changes where the server listens. Each item is
     "address:port", "[address]:port", ":port" (all addresses), "unix:path",
     "systemd" or "systemd:name", with "proxy " before it where every connection
     begins with a PROXY header. */
  struct string_list listen;
  struct string_list api_listen; /* the same; empty: there is no API */
  struct string_list api_keys;   /* each of them gives access */
  char *user; /* the account to become after listening, "name" or "name:group";
                 or NULL */
  bool has_tls;
  char *certificate; /* paths of PEM files, or NULL */
  char *key;

  char *path;                   /* the path of WebSockets, or NULL: any path */
  bool has_origins;             /* false: only pages of this host */
  struct origins origins;       /* "https://example.com", "*", "null" */
  struct string_list hosts;     /* "shop.example", "*.shop.example" */
  struct string_list protocols; /* subprotocols, the preferred ones first */
  struct networks trusted_proxies;
  char *public_folder; /* or NULL */
  char *actions;       /* the folder of the actions */
  bool has_http;       /* there is a handler of HTTP requests */
  bool takes_text;     /* on.text is there: it speaks its own protocol */
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
  struct channel_rules channels;
  enum log_level log_level;
  enum log_format log_format;
};

/* Frees what the config owns, not the struct itself, and leaves it all zero. */
void config_close(struct config *config);

/* Adds a copy at the end. False when memory ran out. */
bool string_list_add(struct string_list *list, const char *item);

/* Whether two lists have the same items in the same order. */
bool string_list_equals(const struct string_list *a,
                        const struct string_list *b);

#endif

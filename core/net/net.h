#ifndef BASE_NET_H
#define BASE_NET_H

/*
** The sockets: listening and accepting, HTTP, the WebSocket handshake, frames,
** heartbeat, closing. Tells what happens through `struct net_events` and is
** told what to do through the outboxes and exchanges of the registry. Knows
** nothing of Lua.
**
** All of it runs on the loop's thread. What is queued during a turn is written
** by net_flush, at the turn's end.
*/
#include "net/socket/events.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct config;
struct listener;
struct net;
struct registry;
typedef struct uv_loop_s uv_loop_t;

/* Nothing listens yet. `config` is read at each use. NULL (and a log line) when
   a library fails, or the certificate does not load. */
struct net *net_new(uv_loop_t *loop, struct registry *registry,
                    const struct config *config,
                    const struct net_events *events, void *context);

/* Whether some listener of config.listen is for others than this machine. */
bool net_is_for_others(const struct config *config);

/* Tells of everything for which net_new or net_listen would fail with such a
   config, whoever listens at the moment. Disturbs nobody. */
void net_check(const struct config *config,
               void (*tell)(void *context, const char *setting,
                            const char *text),
               void *context);

/* Before net_listen: takes a descriptor that listens already, as
   "systemd:name", or with what the base.lua of the process that listens on it
   called the place. A listener of the same place goes on with it. */
void net_inherit(struct net *net, int descriptor, const char *where);

/* Nobody else accepts any more: that process's Unix sockets are ours, and what
   base.lua does not name is closed. */
void net_own_inherited(struct net *net);

/* The Unix sockets that were made here belong to that user from here on. False,
   with errno, when that cannot be. */
bool net_give(const struct net *net, uid_t user, gid_t group);

/* The listener behind `*cursor` that another process could inherit: begin with
   NULL; false ends it. */
bool net_next_listener(const struct net *net, const struct listener **cursor,
                       int *descriptor, const char **where);

/* That other process is there: stops accepting, and leaves it the Unix sockets.
   What is connected goes on; answers to HTTP end their connection. */
void net_be_replaced(struct net *net);

/* Opens every listener of config.listen and config.api_listen, or none: false,
   after log lines that name the address and what to do. Logs one line
   "listening" for each. */
bool net_listen(struct net *net);

/* Writes what the marked outboxes and the answered exchanges hold, one write
   for each socket. To be called when no callback of net is on the stack. */
void net_flush(struct net *net);

/* Reads certificate and key again. A pair that does not load or does not match
   changes nothing: false, after a log line that says what is wrong. Connections
   that are open keep theirs. True at once without TLS. */
bool net_reload_certificate(struct net *net);

/* The config has changed, and the working directory perhaps: shares the
   descriptors out anew, and says which Unix socket is not found any more. */
void net_reconfigured(struct net *net);

/* Stops accepting and reading, for good: what comes from now on stays in the
   sockets, except what closing needs (a peer's Close or end is still seen). The
   API goes on until net_stop_api. */
void net_stop_reading(struct net *net);

/* The same for the API. */
void net_stop_api(struct net *net);

/* Sockets that are still there, of any kind. */
size_t net_socket_count(const struct net *net);

/* Ends every socket where it is, and everything else; `closed` is called for
   connections that are still there. To be called outside of uv_run: it runs the
   loop itself until its handles are closed, so whoever wants no callback any
   more stops before. NULL is fine. */
void net_free(struct net *net);

#endif

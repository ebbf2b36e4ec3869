#ifndef BASE_NET_H
#define BASE_NET_H

/*
** The sockets: listening and accepting, HTTP, the WebSocket handshake, frames,
** heartbeat, closing. Reports through `struct net_events`; gets its orders
** through the outboxes and exchanges of the registry. Knows nothing of Lua.
**
** All of it runs on the loop's thread. What is queued during a turn is written
** by net_flush at the turn's end.
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

/* Makes a net that does not listen yet. `config` is read at each use. NULL
   after a log line when a library fails or the certificate does not load. */
struct net *net_new(uv_loop_t *loop, struct registry *registry,
                    const struct config *config,
                    const struct net_events *events, void *context);

/* Whether some place of config.listen can be reached from other machines. */
bool net_is_for_others(const struct config *config);

/* Reports everything for which net_new or net_listen would fail with this
   config, ignoring who listens at the moment. Disturbs no running server. */
void net_check(const struct config *config,
               void (*tell)(void *context, const char *setting,
                            const char *text),
               void *context);

/* To be called before net_listen: takes a descriptor that listens already.
   `where` is "systemd:name", or the place as the predecessor's base.lua has it.
   A listener of the same place uses it. */
void net_inherit(struct net *net, int descriptor, const char *where);

/* To be called when no other process accepts on them any more: their Unix
   sockets are this process's now, and those that base.lua does not name are
   closed. */
void net_own_inherited(struct net *net);

/* Gives the Unix sockets that this process made to an account. False with errno
   when that fails. */
bool net_give(const struct net *net, uid_t user, gid_t group);

/* Finds the next listener that another process could inherit. Begin with
 *cursor = NULL; false ends it. */
bool net_next_listener(const struct net *net, const struct listener **cursor,
                       int *descriptor, const char **where);

/* The successor is ready: stops accepting and leaves the Unix sockets to it.
   Connections stay; an answer over HTTP ends its connection. */
void net_be_replaced(struct net *net);

/* Opens every listener of config.listen and config.api_listen, or none. On
   failure, logs the address and what to do, and returns false. Logs one line
   "listening" for each. */
bool net_listen(struct net *net);

/* Writes the marked outboxes and the answered exchanges, with one write for
   each socket. To be called when no callback of net is on the stack. */
void net_flush(struct net *net);

/* Reads certificate and key again. When the pair does not load or does not
   match, logs why, changes nothing and returns false. Open connections keep
   theirs. True without TLS. */
bool net_reload_certificate(struct net *net);

/* The config has changed, and perhaps the working directory: shares out the
   descriptors anew, and warns of Unix sockets that cannot be found any more. */
void net_reconfigured(struct net *net);

/* Stops accepting and reading, for good. More input stays in the sockets,
   except what closing needs: a peer's Close or end is still seen. The API goes
   on until net_stop_api. */
void net_stop_reading(struct net *net);

/* The same for the API. */
void net_stop_api(struct net *net);

/* The number of sockets of any kind. */
size_t net_socket_count(const struct net *net);

/* Ends every socket at once and frees everything; the event `closed` is still
   sent for open connections. NULL does nothing. To be called outside uv_run,
   because it runs the loop until all handles are closed. Other callbacks of the
   loop must be stopped before. */
void net_free(struct net *net);

#endif

#ifndef BASE_NET_LISTEN_LISTENER_H
#define BASE_NET_LISTEN_LISTENER_H

/*
** One place to connect to: a descriptor that listens, and the accepting of who
** comes. What is accepted becomes a socket, with TLS when the net has it; Unix
** sockets never have TLS.
*/
#include <stdbool.h>
#include <sys/types.h>

struct listener;
struct net;

/* Listens on a place of base.lua: "address:port", "[address]:port", ":port"
   (all addresses), "unix:path", "systemd" or "systemd:name"
   (place.h) and adds what listens to net->listeners, by what was
   inherited if it is there. What comes to one of the API is a request of the
   application. False after a log line that says what to do. */
bool listener_open(struct net *net, const char *place, bool is_api);

/* Whether another process could go on with it, with the descriptor and what
   base.lua calls the place. */
bool listener_may_be_handed_over(const struct listener *listener,
                                 int *descriptor, const char **where);

/* Its Unix socket belongs to that user from here on. False, with errno, when
   that cannot be. */
bool listener_give(const struct listener *listener, uid_t user, gid_t group);

/* A log line if its Unix socket is not where base.lua says any more. */
void listener_tell_if_lost(const struct listener *listener);

/* Another process has it too: one of the two removes its Unix socket in the
   end, and is_ours says who. */
void listener_settle(struct listener *listener, bool is_ours);

/* Stops accepting; the backlog is left to whoever listens next. Takes it off
   net->listeners and frees it when its handles have closed. */
void listener_close(struct listener *listener);

/* The one behind it in net->listeners, or NULL. */
struct listener *listener_next(const struct listener *listener);

bool listener_is_api(const struct listener *listener);

#endif

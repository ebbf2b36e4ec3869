#ifndef BASE_NET_LISTEN_LISTENER_H
#define BASE_NET_LISTEN_LISTENER_H

/*
** One place to listen on: a descriptor, and the accepting of connections. An
** accepted connection becomes a socket, with TLS if the net has it. Unix
** sockets never have TLS.
*/
#include <stdbool.h>
#include <sys/types.h>

struct listener;
struct net;

/* Listens on a place of base.lua (place.h) and adds the listener, or several
   for "systemd", to net->listeners. It uses inherited descriptors if there are
   any for this place. On failure, logs what to do and returns false. */
bool listener_open(struct net *net, const char *place, bool is_api);

/* Whether another process could take it over; sets the descriptor and the place
   as base.lua has it. */
bool listener_may_be_handed_over(const struct listener *listener,
                                 int *descriptor, const char **where);

/* Gives its Unix socket to an account. False with errno when that fails. */
bool listener_give(const struct listener *listener, uid_t user, gid_t group);

/* Logs a warning if its Unix socket cannot be found any more where base.lua
   says. */
void listener_tell_if_lost(const struct listener *listener);

/* Another process has it too. Only one of the two may remove its Unix socket at
   the end; is_ours says whether this process does. */
void listener_settle(struct listener *listener, bool is_ours);

/* Stops accepting; the backlog is left to whoever else listens. Removes it from
   net->listeners and frees it when its handles have closed. */
void listener_close(struct listener *listener);

/* The next one in net->listeners, or NULL. */
struct listener *listener_next(const struct listener *listener);

bool listener_is_api(const struct listener *listener);

#endif

#ifndef BASE_NET_SOCKET_DESCRIPTORS_H
#define BASE_NET_SOCKET_DESCRIPTORS_H

/*
** Shares out the descriptors of the process. Some are kept for files,
** listeners and libraries, and some for the requests that scripts make. Of the
** rest, sockets that speak no WebSocket (net/socket/visitors) have half, and
** the API has a few that nobody else gets.
*/
#include <stdbool.h>

struct net;

/* To be called before and after libwebsockets makes its table of descriptors,
   which never grows. Before: raises the limit to what a reload may ever need.
   After: lowers it again, because programs that are started inherit it. */
void descriptors_open(struct net *net);
void descriptors_opened(struct net *net);

/* Sets the limit that the config needs now, and computes how many connections
   that allows. Logs a warning when that is less than limits.connections. */
void descriptors_share(struct net *net);

/* Whether one more may come to a listener, of the API or another. */
bool descriptors_are_left(const struct net *net, bool is_api);

/* To be called when one more has come: ends others when their share is used up.
   True when it ended one; that descriptor is free at the end of this turn. */
bool descriptors_make_room(struct net *net, bool is_api);

#endif

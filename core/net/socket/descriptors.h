#ifndef BASE_NET_SOCKET_DESCRIPTORS_H
#define BASE_NET_SOCKET_DESCRIPTORS_H

/*
** The descriptors of the process: how many there are, and who has a share of
** them. Some are kept for files, listeners and libraries, and some for requests
** of scripts. Of the rest, those who are no WebSocket (net/socket/visitors)
*have half,
** and the application has a few that nobody else gets.
*/
#include <stdbool.h>

struct net;

/* Around the making of libwebsockets' table of them, which never grows: allows
   as many as a reload may ask for, and only what is needed afterwards, as what
   scripts start inherits that. */
void descriptors_open(struct net *net);
void descriptors_opened(struct net *net);

/* Asks for as many as the config needs now, and works out how many connections
   that allows. A log line says so where they are fewer than was wanted. */
void descriptors_share(struct net *net);

/* Whether one more may come to a listener (of the API, or another). */
bool descriptors_are_left(const struct net *net, bool is_api);

/* One more has come: ends others who use up its share. True when somebody had
   to go, whose descriptor is given back at the end of this turn. */
bool descriptors_make_room(struct net *net, bool is_api);

#endif

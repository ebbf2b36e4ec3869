#ifndef BASE_NET_PEER_HOST_H
#define BASE_NET_PEER_HOST_H

/*
** For which hosts a listener on a loopback address is asked. Whoever owns a
** domain can let it lead there, and a page of theirs in a browser on this
** machine is then one of the same host as we are (DNS rebinding): the name that
** the browser asks for gives it away.
*/
#include "lib/text.h"

#include <stdbool.h>

struct config;

/* Whether "shop.example:9000", of a Host field, is one of this machine's own
   names, or one that `hosts` or `origins` name. */
bool host_is_named(const struct config *config, struct text host);

/* Without its port: "shop.example", "[::1]". Empty for what is no host. */
struct text host_name(struct text host);

#endif

#ifndef BASE_NET_PEER_HOST_H
#define BASE_NET_PEER_HOST_H

/*
** Checks the host of a request on a loopback address, against DNS rebinding:
** the owner of a domain can let its name lead to 127.0.0.1. Then a page of
** that domain, in a browser on this machine, counts as a page of the same
** host. The name in the request shows the attack.
*/
#include "lib/text.h"

#include <stdbool.h>

struct config;

/* Whether a Host field such as "shop.example:9000" is one of this machine's own
   names, or one that `hosts` or `origins` list. */
bool host_is_named(const struct config *config, struct text host);

/* The host without its port: "shop.example", "[::1]". Empty if it is not a
   valid host. */
struct text host_name(struct text host);

#endif

#ifndef BASE_NET_PEER_ORIGIN_H
#define BASE_NET_PEER_ORIGIN_H

/*
** Which pages may open a WebSocket (RFC 6454, RFC 6455 section 10.2). A
** browser names the page in Origin, and no script in it can change that.
*/
#include "lib/text.h"

#include <stdbool.h>

struct config;

/* Whether a page of `origin` ("https://shop.example", "null") may connect;
   `host` is the value of Host. */
bool origin_is_allowed(const struct config *config, struct text origin,
                       struct text host);

#endif

#ifndef BASE_NET_PEER_ORIGIN_H
#define BASE_NET_PEER_ORIGIN_H

/*
** Whose pages may open a WebSocket (RFC 6454, RFC 6455 section 10.2): a browser
** names the page in Origin, and no script in it can change that.
*/
#include "lib/text.h"

#include <stdbool.h>

struct config;

/* Whether a page of `origin` ("https://shop.example", "null") may connect;
   `host` is the Host field. */
bool origin_is_allowed(const struct config *config, struct text origin,
                       struct text host);

/* Cuts "shop.example:8080" or "[::1]:8080" in two. False for what is neither
   host nor port. */
bool origin_cut_port(struct text authority, struct text *host,
                     struct text *port);

/* Whether a host is that of a pattern, in whatever case: "*.example.com" is
   every name that ends with ".example.com", and has something before that. */
bool origin_host_matches(struct text host, struct text pattern);

/* Whether `origins` names a host by this item; "*" names none. */
bool origin_names(struct text item, struct text host);

/* Whether it is a name or an address as such settings take them, and no
   pattern. */
bool origin_is_plain_host(struct text host);

/* Whether the setting `origins` would take it as it is (lua/base/forms.lua) and
   it would then be allowed, and nobody else: it is no pattern. */
bool origin_is_listable(struct text origin);

#endif

#ifndef BASE_NET_PEER_FORWARDED_H
#define BASE_NET_PEER_FORWARDED_H

/*
** What proxies write into X-Forwarded-For, -Proto and -Host. Each proxy adds
** what it saw at the right, so only what trusted ones wrote is believed: from
** the right, up to the first address that is none of theirs. Knows no socket,
** and no more of a field than its bytes.
*/
#include "lib/address.h"
#include "lib/text.h"

#include <stdbool.h>

/* Born zero: nobody is known yet. */
struct forwarded {
  struct address client; /* while is_known */
  bool is_known;
};

/* Takes one line of X-Forwarded-For, in their order: several are one list. What
   is no address makes nobody of all that is left of it. */
void forwarded_take(struct forwarded *forwarded, struct text line,
                    const struct networks *trusted);

/* Reads an entry: "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]"
   or "[2001:db8::1]:80". */
bool forwarded_scan(struct address *address, struct text entry);

/* The last entry of a list, trimmed, that the nearest proxy wrote; empty where
   there is none. Empty entries mean nothing, RFC 9110 section 5.6.1. */
struct text forwarded_last(struct text list);

#endif

#ifndef BASE_NET_PEER_FORWARDED_H
#define BASE_NET_PEER_FORWARDED_H

/*
** Reads what proxies write into X-Forwarded-For, -Proto and -Host. Each proxy
** adds what it saw at the right. So entries are read from the right, up to the
** first address that is not a trusted proxy's; no entry before that is
** believed. Knows no socket, and only the bytes of the fields.
*/
#include "lib/address.h"
#include "lib/text.h"

#include <stdbool.h>

/* Born zero: no client is known yet. */
struct forwarded {
  struct address client; /* while is_known */
  bool is_known;
};

/* Takes one line of X-Forwarded-For. Several lines are one list; give them in
   order. Entries to the left of one that is not an address are ignored. */
void forwarded_take(struct forwarded *forwarded, struct text line,
                    const struct networks *trusted);

/* Reads an entry: "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]"
   or "[2001:db8::1]:80". */
bool forwarded_scan(struct address *address, struct text entry);

/* The last entry of a list, which the nearest proxy wrote, trimmed; empty when
   there is none. Empty entries are skipped, RFC 9110 section 5.6.1. */
struct text forwarded_last(struct text list);

#endif

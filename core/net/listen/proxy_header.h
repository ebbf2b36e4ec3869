#ifndef BASE_NET_LISTEN_PROXY_HEADER_H
#define BASE_NET_LISTEN_PROXY_HEADER_H

/*
** The header in which a proxy names the client of a connection: the PROXY
** protocol, version 1 (a line) and version 2 (binary). Knows no socket and
** keeps nothing.
*/
#include "lib/address.h"

#include <stdbool.h>
#include <stddef.h>

enum { PROXY_HEADER_MAX = 2048 };

enum proxy_header_status {
  PROXY_HEADER_PART, /* more bytes are needed */
  PROXY_HEADER_WHOLE,
  PROXY_HEADER_REFUSED /* not valid, or longer than the maximum */
};

struct proxy_header {
  size_t size;            /* of the header; valid if it is whole */
  struct address address; /* of the client; valid with has_address */
  bool has_address;       /* false (LOCAL, UNKNOWN): the socket's own address
                             counts */
};

/* Reads the header at the beginning of these bytes. */
enum proxy_header_status proxy_header_scan(struct proxy_header *header,
                                           const char *bytes, size_t size);

#endif

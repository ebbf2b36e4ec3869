#ifndef BASE_NET_LISTEN_PROXY_HEADER_H
#define BASE_NET_LISTEN_PROXY_HEADER_H

/*
** The header with which a proxy says whose connection it brings: the PROXY
** protocol, version 1 (a line) and 2 (binary). Knows no socket and keeps
** nothing.
*/
#include "lib/address.h"

#include <stdbool.h>
#include <stddef.h>

enum { PROXY_HEADER_MAX = 2048 };

enum proxy_header_status {
  PROXY_HEADER_PART, /* goes on behind the bytes that are there */
  PROXY_HEADER_WHOLE,
  PROXY_HEADER_REFUSED /* none, or one that is longer than the maximum */
};

struct proxy_header {
  size_t size;            /* while WHOLE: of the header */
  struct address address; /* while it has one: of the client */
  bool has_address;       /* else (LOCAL, UNKNOWN) the socket's own counts */
};

/* Looks at the beginning of what a proxy sends. */
enum proxy_header_status proxy_header_scan(struct proxy_header *header,
                                           const char *bytes, size_t size);

#endif

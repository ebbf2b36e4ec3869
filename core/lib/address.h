#ifndef BASE_LIB_ADDRESS_H
#define BASE_LIB_ADDRESS_H

/*
** The address of a machine, and networks of addresses, as bytes: IPv6, and
** IPv4 mapped into it. So a machine has the same address whichever socket it
** connects to. A Unix socket has no address. Knows no sockets.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRESS_SIZE = 16, ADDRESS_TEXT_SIZE = 46 };

struct address {
  uint8_t bytes[ADDRESS_SIZE];
  bool is_unix; /* then the bytes are zero */
};

struct address address_of_ipv4(const uint8_t bytes[4]);
struct address address_of_ipv6(const uint8_t bytes[ADDRESS_SIZE]);

/* Reads "192.0.2.1" or "2001:db8::1", nothing around it. */
bool address_scan(struct address *address, struct text text);

/* "192.0.2.1", "2001:db8::1", or "unix". */
void address_print(const struct address *address, char text[ADDRESS_TEXT_SIZE]);

/* The address by which its owner is counted: an IPv6 address becomes its /64,
   any other stays as it is. */
struct address address_household(const struct address *address);

/* 127.0.0.0/8 or ::1. */
bool address_is_loopback(const struct address *address);

bool address_equals(const struct address *a, const struct address *b);

struct network {
  struct address base; /* is_unix: the network of all that have no address */
  unsigned bits;       /* how many leading bits of `base` count */
};

/* Reads "192.0.2.1", "10.0.0.0/8", "2001:db8::/32" or "unix". */
bool network_scan(struct network *network, struct text text);

/* Born zero: an empty list, which contains no address. */
struct networks {
  struct network *items;
  size_t count;
};

/* Adds one network that network_scan reads. When it is not valid or memory runs
   out, returns false and adds nothing. */
bool networks_add(struct networks *networks, const char *text);
void networks_close(struct networks *networks);

/* Whether the address is in any of the networks. */
bool networks_have(const struct networks *networks,
                   const struct address *address);

#endif

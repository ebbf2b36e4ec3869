#include "lib/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAPPED_SIZE = 12, MAPPED_BITS = 96, ADDRESS_BITS = 128 };

static const uint8_t mapped[MAPPED_SIZE] = {[10] = 0xff, [11] = 0xff};

static bool is_ipv4(const struct address *address) {
  return !address->is_unix && memcmp(address->bytes, mapped, MAPPED_SIZE) == 0;
}

struct address address_of_ipv4(const uint8_t bytes[4]) {
  struct address address = {0};
  memcpy(address.bytes, mapped, MAPPED_SIZE);
  memcpy(address.bytes + MAPPED_SIZE, bytes, 4);
  return address;
}

struct address address_of_ipv6(const uint8_t bytes[ADDRESS_SIZE]) {
  struct address address = {0};
  memcpy(address.bytes, bytes, ADDRESS_SIZE);
  return address;
}

bool address_scan(struct address *address, struct text text) {
  char copy[ADDRESS_TEXT_SIZE];
  uint8_t bytes[ADDRESS_SIZE];
  if (text.size == 0 || text.size >= sizeof copy) return false;
  if (memchr(text.bytes, '\0', text.size)) return false;
  memcpy(copy, text.bytes, text.size);
  copy[text.size] = '\0';
  if (inet_pton(AF_INET, copy, bytes) == 1) {
    *address = address_of_ipv4(bytes);
    return true;
  }
  if (inet_pton(AF_INET6, copy, bytes) != 1) return false;
  *address = address_of_ipv6(bytes);
  return true;
}

void address_print(const struct address *address,
                   char text[ADDRESS_TEXT_SIZE]) {
  if (address->is_unix) {
    snprintf(text, ADDRESS_TEXT_SIZE, "unix");
  } else if (is_ipv4(address)) {
    inet_ntop(AF_INET, address->bytes + MAPPED_SIZE, text, ADDRESS_TEXT_SIZE);
  } else {
    inet_ntop(AF_INET6, address->bytes, text, ADDRESS_TEXT_SIZE);
  }
}

struct address address_household(const struct address *address) {
  struct address household = *address;
  if (!is_ipv4(address)) memset(household.bytes + 8, 0, 8);
  return household;
}

bool address_is_loopback(const struct address *address) {
  static const uint8_t ipv6[ADDRESS_SIZE] = {[ADDRESS_SIZE - 1] = 1};
  if (address->is_unix) return false;
  return memcmp(address->bytes, ipv6, sizeof ipv6) == 0 ||
         (is_ipv4(address) && address->bytes[MAPPED_SIZE] == 127);
}

bool address_equals(const struct address *a, const struct address *b) {
  return a->is_unix == b->is_unix &&
         memcmp(a->bytes, b->bytes, ADDRESS_SIZE) == 0;
}

static bool has_prefix(const uint8_t *bytes, const uint8_t *prefix,
                       unsigned bits) {
  if (memcmp(bytes, prefix, bits / 8) != 0) return false;
  if (bits % 8 == 0) return true;
  unsigned differing = (unsigned)(bytes[bits / 8] ^ prefix[bits / 8]);
  return differing >> (8 - bits % 8) == 0;
}

/* Reads the number of equal bits: the "8" of "10.0.0.0/8". */
static bool scan_bits(struct text text, bool is_ipv6, unsigned *bits) {
  uint32_t number;
  uint32_t most = is_ipv6 ? ADDRESS_BITS : ADDRESS_BITS - MAPPED_BITS;
  bool is_plain = text.size == 1 || (text.size > 1 && text.bytes[0] != '0');
  if (!is_plain || !text_scan_number(text, most, &number)) return false;
  *bits = number + (is_ipv6 ? 0 : MAPPED_BITS);
  return true;
}

bool network_scan(struct network *network, struct text text) {
  *network = (struct network){.base.is_unix = true};
  if (text_equals(text, text_of("unix"))) return true;
  const char *slash = text.size > 0 ? memchr(text.bytes, '/', text.size) : NULL;
  struct text base = text;
  if (slash) base.size = (size_t)(slash - text.bytes);
  network->bits = ADDRESS_BITS;
  if (!address_scan(&network->base, base)) return false;
  bool is_ipv6 = memchr(base.bytes, ':', base.size) != NULL;
  return !slash ||
         scan_bits(text_skip(text, base.size + 1), is_ipv6, &network->bits);
}

bool networks_add(struct networks *networks, const char *text) {
  struct network network;
  if (!network_scan(&network, text_of(text))) return false;
  size_t size = (networks->count + 1) * sizeof network;
  struct network *items = realloc(networks->items, size);
  if (!items) return false;
  items[networks->count++] = network;
  networks->items = items;
  return true;
}

void networks_close(struct networks *networks) {
  free(networks->items);
  *networks = (struct networks){0};
}

bool networks_have(const struct networks *networks,
                   const struct address *address) {
  for (size_t i = 0; i < networks->count; i++) {
    const struct network *each = &networks->items[i];
    if (each->base.is_unix == address->is_unix &&
        has_prefix(address->bytes, each->base.bytes, each->bits))
      return true;
  }
  return false;
}

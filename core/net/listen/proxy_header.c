#include "net/listen/proxy_header.h"

#include <stdint.h>
#include <string.h>

enum {
  LINE_MAX_SIZE = 107, /* of version 1, with its CR LF */
  FIXED_SIZE = 16,     /* of version 2: the part before the addresses */
  SIGNATURE_SIZE = 12
};

static const char signature[] = "\r\n\r\n\0\r\nQUIT\n";
static const char opening[] = "PROXY ";

static bool agrees(const char *bytes, size_t size, const char *with,
                   size_t with_size) {
  return memcmp(bytes, with, size < with_size ? size : with_size) == 0;
}

/* --- version 1 --- */

/* Cuts off the first word of a line, and the one space after it. */
static struct text cut_word(struct text *line) {
  const char *space =
      line->size > 0 ? memchr(line->bytes, ' ', line->size) : NULL;
  struct text word = *line;
  if (space) word.size = (size_t)(space - line->bytes);
  size_t used = word.size + (space != NULL);
  *line = (struct text){line->bytes + used, line->size - used};
  return word;
}

static bool scan_as(struct address *address, struct text word, bool is_ipv6) {
  bool has_colon = word.size > 0 && memchr(word.bytes, ':', word.size);
  return has_colon == is_ipv6 && address_scan(address, word);
}

/* Reads the line without "PROXY " and without its end. */
static bool scan_line(struct proxy_header *header, struct text line) {
  struct address destination;
  struct text family = cut_word(&line);
  if (text_equals(family, text_of("UNKNOWN"))) return true;
  bool is_ipv6 = text_equals(family, text_of("TCP6"));
  if (!is_ipv6 && !text_equals(family, text_of("TCP4"))) return false;
  if (!scan_as(&header->address, cut_word(&line), is_ipv6)) return false;
  if (!scan_as(&destination, cut_word(&line), is_ipv6)) return false;
  struct text port = cut_word(&line);
  header->has_address = text_is_port(port) && text_is_port(line);
  return header->has_address;
}

static enum proxy_header_status scan_text(struct proxy_header *header,
                                          const char *bytes, size_t size) {
  size_t most = size < LINE_MAX_SIZE ? size : LINE_MAX_SIZE;
  const char *feed = memchr(bytes, '\n', most);
  if (!feed)
    return most < LINE_MAX_SIZE ? PROXY_HEADER_PART : PROXY_HEADER_REFUSED;
  size_t before = sizeof opening - 1;
  header->size = (size_t)(feed - bytes) + 1;
  if (header->size < before + 2 || feed[-1] != '\r')
    return PROXY_HEADER_REFUSED;
  struct text line = {bytes + before, header->size - before - 2};
  return scan_line(header, line) ? PROXY_HEADER_WHOLE : PROXY_HEADER_REFUSED;
}

/* --- version 2 --- */

enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21 };
enum { FAMILY_NONE, FAMILY_IPV4, FAMILY_IPV6, FAMILY_UNIX };

/* Sizes of source and destination together, with ports. */
static const size_t sizes[] = {0, 12, 36, 216};

static bool scan_addresses(struct proxy_header *header,
                           const unsigned char *bytes, size_t size) {
  unsigned command = bytes[12];
  unsigned family = bytes[13] >> 4;
  unsigned transport = bytes[13] & 0xf;
  if (command == COMMAND_LOCAL) return true;
  if (command != COMMAND_PROXY) return false;
  if (family > FAMILY_UNIX || transport > 2 || size < sizes[family])
    return false;
  bool is_stream = transport == 1;
  header->has_address =
      is_stream && (family == FAMILY_IPV4 || family == FAMILY_IPV6);
  if (!header->has_address) return true;
  header->address = family == FAMILY_IPV4 ? address_of_ipv4(bytes + FIXED_SIZE)
                                          : address_of_ipv6(bytes + FIXED_SIZE);
  return true;
}

static enum proxy_header_status scan_binary(struct proxy_header *header,
                                            const char *bytes, size_t size) {
  const unsigned char *octets = (const unsigned char *)bytes;
  if (size < FIXED_SIZE) return PROXY_HEADER_PART;
  size_t behind = (size_t)octets[14] << 8 | octets[15];
  header->size = FIXED_SIZE + behind;
  if (header->size > PROXY_HEADER_MAX) return PROXY_HEADER_REFUSED;
  if (size < header->size) return PROXY_HEADER_PART;
  return scan_addresses(header, octets, behind) ? PROXY_HEADER_WHOLE
                                                : PROXY_HEADER_REFUSED;
}

enum proxy_header_status proxy_header_scan(struct proxy_header *header,
                                           const char *bytes, size_t size) {
  *header = (struct proxy_header){0};
  if (size == 0) return PROXY_HEADER_PART;
  if (agrees(bytes, size, signature, SIGNATURE_SIZE))
    return scan_binary(header, bytes, size);
  if (agrees(bytes, size, opening, sizeof opening - 1))
    return scan_text(header, bytes, size);
  return PROXY_HEADER_REFUSED;
}

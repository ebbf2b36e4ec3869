/*
** The PROXY protocol: a header is taken whole or not at all, however TCP cuts
** it, and what stands behind it changes nothing.
*/
#include "fuzz.h"

#include "net/listen/proxy_header.h"

static enum proxy_header_status scan(struct proxy_header *header,
                                     const char *bytes, size_t size) {
  char *copy = copy_exactly(bytes, size);
  enum proxy_header_status status = proxy_header_scan(header, copy, size);
  free(copy);
  return status;
}

static void check_address(const struct address *address) {
  char text[ADDRESS_TEXT_SIZE];
  struct address again;
  address_print(address, text);
  MUST(address_scan(&again, text_of(text)));
  MUST(address_equals(address, &again));
}

static void check_whole(const struct proxy_header *whole, const char *bytes) {
  struct proxy_header header;
  MUST(whole->size <= PROXY_HEADER_MAX);
  for (size_t size = 0; size < whole->size; size++)
    MUST(scan(&header, bytes, size) == PROXY_HEADER_PART);
  MUST(scan(&header, bytes, whole->size) == PROXY_HEADER_WHOLE);
  MUST(header.size == whole->size);
  MUST(header.has_address == whole->has_address);
  if (!header.has_address) return;
  MUST(address_equals(&header.address, &whole->address));
  check_address(&header.address);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  const char *text = (const char *)bytes;
  struct proxy_header header;
  switch (scan(&header, text, size)) {
  case PROXY_HEADER_WHOLE:
    MUST(header.size <= size);
    check_whole(&header, text);
    break;
  case PROXY_HEADER_PART:
    MUST(size < PROXY_HEADER_MAX);
    break;
  case PROXY_HEADER_REFUSED:
    break;
  }
  return 0;
}

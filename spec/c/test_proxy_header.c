/*
** The PROXY protocol, whole and in pieces.
*/
#include "check.h"
#include "net/listen/proxy_header.h"

#include <stdlib.h>
#include <string.h>

#define SIGNATURE      "\r\n\r\n\0\r\nQUIT\n"
#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
  const char *bytes;
  size_t size;
  const char *client; /* NULL: refused; "": the socket's own */
} headers[] = {
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"), "192.0.2.1"},
    {BYTES("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
     "255.255.255.255"},
    {BYTES("PROXY TCP6 2001:db8::1 ::1 0 1\r\n"), "2001:db8::1"},
    {BYTES("PROXY UNKNOWN\r\n"), ""},
    {BYTES("PROXY UNKNOWN ffff::1 anything at all\r\n"), ""},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n"), NULL},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 1\r\n"), NULL},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 56324 65536\r\n"), NULL},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 x 443\r\n"), NULL},
    {BYTES("PROXY TCP4 192.0.2.1  192.0.2.2 1 443\r\n"), NULL},
    {BYTES("PROXY TCP4 ::1 ::1 1 443\r\n"), NULL},
    {BYTES("PROXY TCP6 192.0.2.1 192.0.2.2 1 443\r\n"), NULL},
    {BYTES("PROXY TCP5 192.0.2.1 192.0.2.2 1 443\r\n"), NULL},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\n"), NULL},
    {BYTES("PROXY \r\n"), NULL},
    {BYTES("PROXY\r\n"), NULL},
    {BYTES("PROXY \n"), NULL},
    {BYTES("GET / HTTP/1.1\r\n"), NULL},
    {BYTES("\x16\x03\x01\x02"), NULL},
    {BYTES("\r\n\r\n\0\r\nQUIX\n"), NULL},
    {BYTES(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\1\2\3\4"),
     "192.0.2.1"},
    {BYTES(SIGNATURE "\x21\x11\0\x10\xc0\0\2\1\xc0\0\2\2\1\2\3\4\4\0\1\x7f"),
     "192.0.2.1"},
    {BYTES(SIGNATURE "\x21\x21\0\x24\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
                     "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2\1\2\3\4"),
     "2001:db8::1"},
    {BYTES(SIGNATURE "\x20\0\0\0"), ""},
    {BYTES(SIGNATURE "\x20\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\1\2\3\4"), ""},
    {BYTES(SIGNATURE "\x21\0\0\0"), ""},
    {BYTES(SIGNATURE "\x21\x12\0\x0c\xc0\0\2\1\xc0\0\2\2\1\2\3\4"), ""},
    {BYTES(SIGNATURE "\x21\x11\0\x0b\xc0\0\2\1\xc0\0\2\2\1\2\3"), NULL},
    {BYTES(SIGNATURE "\x21\x41\0\0"), NULL},
    {BYTES(SIGNATURE "\x21\x13\0\x0c\xc0\0\2\1\xc0\0\2\2\1\2\3\4"), NULL},
    {BYTES(SIGNATURE "\x22\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\1\2\3\4"), NULL},
    {BYTES(SIGNATURE "\x11\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\1\2\3\4"), NULL},
    {BYTES(SIGNATURE "\x21\x11\xff\xff"), NULL},
};

/* The header with other bytes behind it, of which none may count. */
static enum proxy_header_status scan(struct proxy_header *header,
                                     const char *bytes, size_t size,
                                     size_t behind) {
  char *exact = malloc(size + behind + 1); /* the sanitizer sees each step */
  memcpy(exact, bytes, size);
  memset(exact + size, 'x', behind);
  enum proxy_header_status status =
      proxy_header_scan(header, exact, size + behind);
  free(exact);
  return status;
}

static void test_headers(void) {
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
    struct proxy_header header;
    const char *client = headers[i].client;
    char label[16];
    char text[ADDRESS_TEXT_SIZE] = "";
    snprintf(label, sizeof label, "%zu", i);
    enum proxy_header_status status =
        scan(&header, headers[i].bytes, headers[i].size, 9);
    CHECK_CASE((status == PROXY_HEADER_WHOLE) == (client != NULL), label);
    if (!client) {
      CHECK_CASE(status == PROXY_HEADER_REFUSED, label);
      continue;
    }
    CHECK_CASE(header.size == headers[i].size, label);
    if (header.has_address) address_print(&header.address, text);
    CHECK_CASE(strcmp(text, client) == 0, label);
    for (size_t size = 0; size < headers[i].size; size++) {
      status = scan(&header, headers[i].bytes, size, 0);
      CHECK_CASE(status == PROXY_HEADER_PART, label);
    }
  }
}

/* Nobody makes us wait for a line without an end. */
static void test_long_line(void) {
  char bytes[108] = "PROXY UNKNOWN ";
  struct proxy_header header;
  memset(bytes + 14, 'x', sizeof bytes - 14);
  CHECK(proxy_header_scan(&header, bytes, 106) == PROXY_HEADER_PART);
  CHECK(proxy_header_scan(&header, bytes, 107) == PROXY_HEADER_REFUSED);
  memcpy(bytes + 105, "\r\n", 2);
  CHECK(proxy_header_scan(&header, bytes, 107) == PROXY_HEADER_WHOLE);
}

int main(void) {
  test_headers();
  test_long_line();
  return check_report();
}

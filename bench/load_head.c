#include "load_head.h"

#include "load.h"
#include "load_fail.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_HEAD = 16384 };

/* One key for all: it is there to tell a WebSocket from other servers. */
static const char key[] = "x3JJHMbDL1EzLkh9GBhXDw==";
static const char accepted[] = "HSmrc0sMlYUkAGmm5OPpG2HaGWk=";

static const char fields[] =
    "Connection: Upgrade\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, "
    "like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n"
    "Upgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n"
    "Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark\r\n";

void head_write(const struct load *load, unsigned number, struct bytes *out) {
  const struct options *options = &load->options;
  bool is_socketio = options->protocol == SPEAK_SOCKETIO;
  char digits[TEMPLATE_DIGITS];
  template_digits(number, digits);
  char *head = bytes_reserve(out, LONGEST_HEAD);
  int length = snprintf(
      head, LONGEST_HEAD,
      "GET %s%s%.*s HTTP/1.1\r\nHost: %s:%u\r\nOrigin: %s://%s:%u\r\n%s"
      "Sec-WebSocket-Key: %s\r\n%s\r\n",
      is_socketio ? "/socket.io/?EIO=4&transport=websocket" : "/",
      options->guest ? "" : (is_socketio ? "&id=" : "?id="),
      options->guest ? 0 : TEMPLATE_DIGITS, digits, options->host,
      options->port, options->tls ? "https" : "http", options->host,
      options->port, fields, key,
      options->deflate
          ? "Sec-WebSocket-Extensions: permessage-deflate; "
            "client_no_context_takeover; server_no_context_takeover\r\n"
          : "");
  if (length < 0 || length >= LONGEST_HEAD) fail("the head is too long");
  out->size += (size_t)length;
}

/* Finds the value of a field in a head that ends with an empty line. */
static const char *find(const char *head, size_t size, const char *name,
                        size_t *length) {
  size_t name_length = strlen(name);
  const char *end = head + size;
  for (const char *line = head; line < end;) {
    const char *next = memchr(line, '\n', (size_t)(end - line));
    if (!next) break;
    if ((size_t)(next - line) > name_length && line[name_length] == ':' &&
        strncasecmp(line, name, name_length) == 0) {
      const char *value = line + name_length + 1;
      while (*value == ' ')
        value++;
      *length = (size_t)(next - value);
      while (*length > 0 && value[*length - 1] == '\r')
        --*length;
      return value;
    }
    line = next + 1;
  }
  return NULL;
}

static void check(const struct load *load, const char *head, size_t size) {
  static const char status[] = "HTTP/1.1 101 ";
  static const char deflate[] = "permessage-deflate";
  size_t length = 0;
  if (strncmp(head, status, strlen(status)) != 0) {
    fail("the server refused the handshake: %.*s", (int)strcspn(head, "\r\n"),
         head);
  }
  const char *accept = find(head, size, "Sec-WebSocket-Accept", &length);
  if (!accept || length != strlen(accepted) ||
      memcmp(accept, accepted, length) != 0) {
    fail("the server's Sec-WebSocket-Accept is wrong");
  }
  const char *extensions =
      find(head, size, "Sec-WebSocket-Extensions", &length);
  bool has_deflate = extensions && length >= strlen(deflate) &&
                     memcmp(extensions, deflate, strlen(deflate)) == 0;
  if (load->options.deflate && !has_deflate) {
    fail("the server did not accept deflate");
  }
  if (!load->options.deflate && extensions) {
    fail("the server chose an extension that was not offered");
  }
}

size_t head_read(const struct load *load, const char *bytes, size_t size) {
  const char *end = memmem(bytes, size, "\r\n\r\n", 4);
  if (!end) {
    if (size > LONGEST_HEAD) fail("the server's head does not end");
    return 0;
  }
  size_t length = (size_t)(end - bytes) + 4;
  check(load, bytes, length);
  return length;
}

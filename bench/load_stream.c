#include "load_stream.h"

#include "load_fail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOURCES = 200 }; /* 127.0.1.1 to 127.0.1.200 */

SSL_CTX *stream_tls_new(void) {
  SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
  if (!tls) fail("OpenSSL does not start");
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
  return tls;
}

static void bind_source(int fd, unsigned number) {
  int on = 1;
  struct sockaddr_in source = {
      .sin_family = AF_INET,
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 + number % SOURCES)};
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&source, sizeof source) != 0) {
    fail("a loopback address cannot be used as source: %s", strerror(errno));
  }
}

struct stream stream_open(const char *host, uint16_t port, unsigned number,
                          SSL_CTX *tls) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    fail("'%s' is no IPv4 address", host);
  }
  int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("no more sockets: %s", strerror(errno));
  if (ntohl(address.sin_addr.s_addr) >> 24 == 127) bind_source(fd, number);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 &&
      errno != EINPROGRESS) {
    fail("%s:%u: %s", host, port, strerror(errno));
  }
  struct stream stream = {fd, NULL};
  if (tls) {
    stream.ssl = SSL_new(tls);
    if (!stream.ssl || SSL_set_fd(stream.ssl, fd) != 1) {
      fail("out of memory: a TLS connection");
    }
    SSL_set_connect_state(stream.ssl);
  }
  return stream;
}

/* What an unsuccessful call of OpenSSL's means for the caller. */
static int meaning(const struct stream *stream, int result) {
  switch (SSL_get_error(stream->ssl, result)) {
  case SSL_ERROR_WANT_READ:
  case SSL_ERROR_WANT_WRITE:
    return STREAM_AGAIN;
  case SSL_ERROR_ZERO_RETURN:
    return 0;
  default:
    ERR_clear_error();
    return STREAM_BROKEN;
  }
}

bool stream_is_open(struct stream *stream) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) fail("no connection: %s", strerror(error));
  if (!stream->ssl) return true;
  ERR_clear_error();
  int result = SSL_do_handshake(stream->ssl);
  if (result == 1) return true;
  if (meaning(stream, result) != STREAM_AGAIN) {
    fail("the server and we agree on no TLS");
  }
  return false;
}

/* Reads until nothing is left: what OpenSSL keeps wakes nobody. */
static ssize_t read_tls(struct stream *stream, char *out, size_t size) {
  size_t total = 0;
  while (total < size) {
    size_t room = size - total;
    int result = SSL_read(stream->ssl, out + total,
                          room > INT_MAX ? INT_MAX : (int)room);
    if (result <= 0) {
      return total > 0 ? (ssize_t)total : meaning(stream, result);
    }
    total += (size_t)result;
  }
  return (ssize_t)total;
}

static ssize_t plain_result(ssize_t result) {
  if (result >= 0) return result;
  return errno == EAGAIN || errno == EINTR ? STREAM_AGAIN : STREAM_BROKEN;
}

ssize_t stream_read(struct stream *stream, char *out, size_t size) {
  if (stream->ssl) return read_tls(stream, out, size);
  return plain_result(recv(stream->fd, out, size, 0));
}

ssize_t stream_write(struct stream *stream, const char *bytes, size_t size) {
  if (!stream->ssl) {
    return plain_result(send(stream->fd, bytes, size, MSG_NOSIGNAL));
  }
  int result =
      SSL_write(stream->ssl, bytes, size > INT_MAX ? INT_MAX : (int)size);
  return result > 0 ? result : meaning(stream, result);
}

void stream_close(struct stream *stream) {
  SSL_free(stream->ssl);
  if (stream->fd >= 0) close(stream->fd);
  *stream = (struct stream){-1, NULL};
}

#ifndef BASE_LOAD_STREAM_H
#define BASE_LOAD_STREAM_H

/*
** A TCP connection that never blocks, with TLS on it or without.
*/
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stream {
  int fd; /* -1: none */
  SSL *ssl;
};

enum { STREAM_AGAIN = -1, STREAM_BROKEN = -2 };

/* What TLS connections have in common. */
SSL_CTX *stream_tls_new(void);

/* Begins to connect; `number` chooses one of many loopback addresses as the
   source, so that there are ports for everybody. A `tls` of NULL: plain. */
struct stream stream_open(const char *host, uint16_t port, unsigned number,
                          SSL_CTX *tls);
/* True once it is connected, and TLS agreed. To be asked at each event of the
   descriptor until then; ends the program if it cannot be. */
bool stream_is_open(struct stream *stream);
/* Reads what is there. Returns how much, 0 at the end, or one of the above. */
ssize_t stream_read(struct stream *stream, char *out, size_t size);
/* Writes what fits. Returns how much, or one of the above. */
ssize_t stream_write(struct stream *stream, const char *bytes, size_t size);
void stream_close(struct stream *stream);

#endif

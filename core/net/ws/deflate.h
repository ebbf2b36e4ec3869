#ifndef BASE_NET_WS_DEFLATE_H
#define BASE_NET_WS_DEFLATE_H

/*
** The payloads of permessage-deflate (RFC 7692 section 7.2). No window is kept
** from one message to the next ("no context takeover"). So one inflater and
** one deflater serve all sockets, a quiet connection needs no memory for it,
** and a message to many is deflated once.
**
** Knows no socket. Net has one codec.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deflate;
struct message;

/* Bits of a window. With 8, zlib does not do what was negotiated. */
enum { DEFLATE_WINDOW_MIN = 9, DEFLATE_WINDOW_MAX = 15 };

/* NULL when memory ran out. */
struct deflate *deflate_new(void);
void deflate_free(struct deflate *codec);

enum inflated {
  INFLATED,
  INFLATED_TOO_BIG, /* more than `limit` bytes; the rest was not inflated */
  INFLATED_BROKEN,  /* not valid, or it ends too early */
  INFLATED_NO_MEMORY
};

/* Inflates the payload of a whole message, whatever its window. The result
   belongs to the codec. It is good until the next call, and may be written
   to. */
enum inflated deflate_inflate(struct deflate *codec, const char *bytes,
                              size_t size, uint64_t limit, char **inflated,
                              size_t *inflated_size);

/* The message for a client with a window of `window` bits: a deflated one, or
   `message` itself if deflating does not make it smaller or memory ran out.
   `message` owns the deflated one and keeps it for the next client. `level` is
   zlib's, 1 to 9. */
struct message *deflate_message(struct deflate *codec, struct message *message,
                                int window, int level);

/* Frees the memory that one large message has left. */
void deflate_trim(struct deflate *codec);

#endif

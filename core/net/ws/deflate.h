#ifndef BASE_NET_WS_DEFLATE_H
#define BASE_NET_WS_DEFLATE_H

/*
** The bytes of permessage-deflate (RFC 7692 section 7.2). Neither side keeps
** its window from one message to the next ("no context takeover"): so one
** inflater and one deflater serve all sockets, a quiet connection costs
** nothing, and a message to many is deflated once.
**
** Knows no socket. Belongs to net, which makes one.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deflate;
struct message;

/* Bits of a window: with 8 zlib does not do what was agreed. */
enum { DEFLATE_WINDOW_MIN = 9, DEFLATE_WINDOW_MAX = 15 };

/* NULL when memory ran out. */
struct deflate *deflate_new(void);
void deflate_free(struct deflate *codec);

enum inflated {
  INFLATED,
  INFLATED_TOO_BIG, /* there are more than `limit` bytes; no more were made */
  INFLATED_BROKEN,  /* that is not deflated data, or ends too early */
  INFLATED_NO_MEMORY
};

/* Inflates the payload of a whole message, of a window of any size. The result
   belongs to the codec, is good until the next call, and may be written to. */
enum inflated deflate_inflate(struct deflate *codec, const char *bytes,
                              size_t size, uint64_t limit, char **inflated,
                              size_t *inflated_size);

/* The message as it is to be sent to one who takes a window of `window` bits:
   itself, if deflating it makes it no smaller or memory ran out, else a
   deflated one, which it keeps for the next who asks. Borrowed from `message`.
   `level` is zlib's, 1 to 9. */
struct message *deflate_message(struct deflate *codec, struct message *message,
                                int window, int level);

/* Gives back what one large message took. */
void deflate_trim(struct deflate *codec);

#endif

#ifndef BASE_LOAD_FRAME_H
#define BASE_LOAD_FRAME_H

/*
** Frames of RFC 6455, section 5, as a client writes and reads them. Knows
** nothing of the server's framing, so that one mistake is not made twice.
*/
#include <stdbool.h>
#include <stddef.h>

enum frame_kind {
  FRAME_TEXT = 1,
  FRAME_CLOSE = 8,
  FRAME_PING = 9,
  FRAME_PONG = 10
};

enum { FRAME_HEAD = 14 }; /* the longest head, with its mask */

struct frame {
  enum frame_kind kind;
  bool is_compressed;
  const char *bytes; /* inside the bytes that were read */
  size_t size;
};

/* Writes the head of a masked frame. Returns how long it is. */
size_t frame_write_head(char *out, enum frame_kind kind, bool is_compressed,
                        size_t size, const char mask[4]);
/* Masks bytes in place, the first of them with the first of the mask. */
void frame_mask(char *bytes, size_t size, const char mask[4]);

/* Reads one frame of a server. Returns how many bytes it takes, or 0 if some
   are missing yet. What no server may send, or none of these does (a message
   in pieces, binary), ends the program. */
size_t frame_read(const char *bytes, size_t size, struct frame *frame);

#endif

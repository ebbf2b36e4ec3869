#ifndef BASE_NET_WS_FRAME_H
#define BASE_NET_WS_FRAME_H

/*
** The bytes of WebSocket frames (RFC 6455 section 5): reads the headers that
** clients send, prints the headers that a server sends. Knows no socket and
** keeps nothing: the caller keeps unfinished frames.
*/
#include "lib/text.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  FRAME_HEADER_MAX = 14,  /* of a masked frame */
  FRAME_PRINT_MAX = 10,   /* of a frame without a mask */
  FRAME_CONTROL_MAX = 125 /* payload of a control frame */
};

enum { FRAME_CONTINUATION = 0x0 }; /* beside the opcodes of enum message_kind */

struct frame {
  bool is_final;
  bool is_deflated; /* RSV1: its message is deflated (RFC 7692) */
  uint8_t opcode;
  unsigned char mask[4];
  uint64_t size; /* of the payload */
};

/* Reads a header. RSV1 may be set if deflate was negotiated. Returns its size;
   0 when more bytes are needed; -1 when it breaks the protocol (1002): then
   *why is the reason. -1 may come before the header is whole. */
int frame_scan(struct frame *frame, const char *bytes, size_t size,
               bool may_deflate, const char **why);

bool frame_is_control(const struct frame *frame);

/* Unmasks bytes of a payload; `offset` is their distance from its beginning. */
void frame_unmask(char *bytes, size_t size, const unsigned char mask[4],
                  uint64_t offset);

/* Prints the header of a whole message and returns its size: at most
   FRAME_PRINT_MAX, and 0 for MESSAGE_RAW. */
size_t frame_print(char *header, unsigned kind, uint64_t size);

/* Reads the payload of a Close: its code (1005 when there is none) and its
   reason. Returns 0, or the code for refusing it (1002, 1007) and sets *why. */
int frame_scan_close(const char *bytes, size_t size, int *code,
                     struct text *reason, const char **why);

#endif

#ifndef BASE_NET_WS_FRAME_H
#define BASE_NET_WS_FRAME_H

/*
** The bytes of WebSocket frames (RFC 6455 section 5): reads the headers that
** clients send, prints those that a server sends. Knows no socket and keeps
** nothing: what is unfinished stays with the caller.
*/
#include "lib/text.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  FRAME_HEADER_MAX = 14,  /* of a masked frame */
  FRAME_PRINT_MAX = 10,   /* of one without a mask */
  FRAME_CONTROL_MAX = 125 /* payload of a control frame */
};

enum { FRAME_CONTINUATION = 0x0 }; /* beside those of enum message_kind */

struct frame {
  bool is_final;
  bool is_deflated; /* RSV1: it begins a message that is (RFC 7692) */
  uint8_t opcode;
  unsigned char mask[4];
  uint64_t size; /* of the payload */
};

/* Reads a header; RSV1 may be set where deflate was agreed on. Returns its
   size; 0 when more bytes are needed; -1 when it breaks the protocol (1002),
   which may show before it is whole, and sets *why to a reason in words. */
int frame_scan(struct frame *frame, const char *bytes, size_t size,
               bool may_deflate, const char **why);

bool frame_is_control(const struct frame *frame);

/* Unmasks bytes that lie `offset` bytes behind the payload's beginning. */
void frame_unmask(char *bytes, size_t size, const unsigned char mask[4],
                  uint64_t offset);

/* Prints the header of a whole message of a message's kind, and returns its
   size: at most FRAME_PRINT_MAX, and 0 for MESSAGE_RAW. */
size_t frame_print(char *header, unsigned kind, uint64_t size);

/* Reads the payload of a Close: its code (1005 when there is none) and reason.
   Returns 0, or the code with which to refuse it (1002, 1007) after setting
   *why. */
int frame_scan_close(const char *bytes, size_t size, int *code,
                     struct text *reason, const char **why);

#endif

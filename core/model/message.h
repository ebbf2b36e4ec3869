#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

/*
** Bytes on their way out, counted and immutable: one message may lie in the
** outboxes of ten thousand connections, and is deflated once for all of them.
** Knows nothing of frames but which kind
** of frame it is to become.
*/
#include <stddef.h>
#include <stdint.h>

/* The opcodes of RFC 6455 section 11.8, one of ours, and a mark. */
enum message_kind {
  MESSAGE_TEXT = 0x1,
  MESSAGE_BINARY = 0x2,
  MESSAGE_CLOSE = 0x8,
  MESSAGE_PING = 0x9,
  MESSAGE_PONG = 0xa,
  MESSAGE_RAW = 0x10,     /* sent as it is, without a frame: HTTP */
  MESSAGE_DEFLATED = 0x40 /* with text or binary: the frame's bit RSV1, RFC 7692
                             section 6 */
};

struct message {
  uint32_t references;
  uint8_t kind;
  uint8_t window; /* net's: that of `deflated` */
  uint8_t failed; /* net's: the largest window with which it got no smaller */
  size_t size;
  uint64_t answers; /* the scripts': a hash of the id that it carries, or 0 */
  struct message *deflated; /* owned, net's: the same for those who take it so,
                               or NULL */
  char bytes[];
};

/* `kind` is one of enum message_kind, perhaps marked as deflated.
   A copy of the bytes with one reference, the caller's; NULL when memory ran
   out. With bytes == NULL the content is left for the caller to fill. */
struct message *message_new(unsigned kind, const void *bytes, size_t size);
struct message *message_ref(struct message *message);
void message_unref(struct message *message);

#endif

#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

/*
** The bytes of an outgoing message, counted by reference and immutable. One
** message may lie in the outboxes of ten thousand connections, and is deflated
** once for all of them. Knows nothing of frames but the kind of its own.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The opcodes of RFC 6455 section 11.8, one kind of ours, and a mark. */
enum message_kind {
  MESSAGE_TEXT = 0x1,
  MESSAGE_BINARY = 0x2,
  MESSAGE_CLOSE = 0x8,
  MESSAGE_PING = 0x9,
  MESSAGE_PONG = 0xa,
  MESSAGE_RAW = 0x10,     /* sent as it is, without a frame: HTTP */
  MESSAGE_DEFLATED = 0x40 /* with text or binary: sets bit RSV1 of the frame,
                             RFC 7692 section 6 */
};

struct message {
  uint32_t references;
  uint8_t kind;
  uint8_t window;   /* net's: the window of `deflated` */
  uint8_t failed;   /* net's: the largest window with which deflating did not
                       help */
  bool is_promised; /* a reader that has no room for it is closed, even where
                       limits.on_slow says that messages are dropped */
  size_t size;
  uint64_t answers;         /* the scripts': a hash of the id in it, or 0 */
  struct message *deflated; /* owned, net's: the same message deflated, or
                               NULL */
  char bytes[];
};

/* Makes a message with one reference, which is the caller's. `kind` is one of
   enum message_kind, perhaps with MESSAGE_DEFLATED. The bytes are copied; if
   they are NULL, the caller fills the content. NULL when memory ran out. */
struct message *message_new(unsigned kind, const void *bytes, size_t size);
struct message *message_ref(struct message *message);
void message_unref(struct message *message);

#endif

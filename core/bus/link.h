#ifndef BASE_BUS_LINK_H
#define BASE_BUS_LINK_H

/*
** What two processes of one server say to each other while one takes the place
** of the other: frames over a stream. Knows neither descriptors nor a loop:
** bytes come in as a text, and go out into a buffer.
**
** A frame is its size (4 bytes, little-endian, of what follows), its kind (1
** byte), and its parts: numbers of 8 bytes, and texts with their size in 4
** bytes before them. Both processes run on the same machine, but perhaps not
** the same release: LINK_VERSION is said first.
*/
#include "lib/buffer.h"
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_VERSION = 1, LINK_FRAME_MAX = 80 << 20 /* bytes */ };

/* "old" is the process that is replaced, "new" the one that replaces it. In
   brackets the parts of the frame. */
enum link_kind {
  LINK_HELLO = 1, /* new: [version]: asks for the state of the scripts */
  LINK_STATE,     /* old: [JSON of base.state] */
  LINK_TAKE,      /* new: asks for all that follows, up to LINK_DONE */
  LINK_USER,      /* old: [id, is integer, is announced, is connected, ms until
                     it is offline, JSON of its fields, then for each channel:
                     name, info] */
  LINK_CHANNEL,   /* old: [name, epoch, position, number of messages, ms until
                     they expire] */
  LINK_KEPT,      /* old: [message], of the last LINK_CHANNEL */
  LINK_DONE,      /* old: from here on it uses the new one's bus */

  LINK_SUBSCRIBED,   /* old: [name, was occupied] */
  LINK_UNSUBSCRIBED, /* old: [name] */
  LINK_CAME,         /* both: [name, id, info] */
  LINK_WENT,         /* both: [name, id] */
  LINK_GUESTS,       /* both: [name, number] of the one who says it */
  LINK_DELIVER,      /* new: [name, message, position, except] */

  LINK_PUBLISH, /* old: [ticket, name, message, is kept, except] */
  LINK_READ,    /* old: [ticket, name, after, before, limit, bytes, from start,
                   is recovery, epoch] */
  LINK_WHO,     /* both: [ticket, name] */
  LINK_CLEAR,   /* old: [ticket, name] */
  LINK_ANSWER,  /* both: [ticket, word, epoch, position, is recovered, users,
                   connections, number of messages, (position, message)…, number
                   of members, (id, info)…] */
  LINK_KIND_END
};

/* A frame that was read: a view. `at` moves on with each part. */
struct link_frame {
  enum link_kind kind;
  const char *at, *end;
  bool is_wrong; /* a part was not there, or not what it should be */
};

enum link_result {
  LINK_PART, /* not all of it is there */
  LINK_WHOLE,
  LINK_REFUSED /* it is no frame: nothing behind it can be read */
};

/* Reads the frame with which the bytes begin; `size` is its size with all. */
enum link_result link_read(struct text bytes, struct link_frame *frame,
                           size_t *size);

/* Take the next part. Where it is not there they return 0 or an empty text, and
   the frame is wrong. */
uint64_t link_take_number(struct link_frame *frame);
bool link_take_flag(struct link_frame *frame); /* a number that is 0 or 1 */
struct text link_take_text(struct link_frame *frame);

/* Like link_take_text; the frame is wrong if it is no valid name of a channel,
   or no id of a user. */
struct text link_take_name(struct link_frame *frame);
struct text link_take_id(struct link_frame *frame);

/* A message as `"said","hi"`, or JSON: valid UTF-8 without control
   characters. The message begins with a quote. */
struct text link_take_message(struct link_frame *frame);
struct text link_take_json(struct link_frame *frame);

/* What a frame of LINK_CAME, LINK_WENT or LINK_GUESTS says. */
struct link_presence {
  struct text channel;
  struct text id;   /* of the one who came or went */
  struct text info; /* of LINK_CAME: JSON, or empty */
  uint32_t guests;  /* of LINK_GUESTS */
};

/* Takes all of such a frame; false if it is wrong. */
bool link_take_presence(struct link_frame *frame,
                        struct link_presence *presence);

/* Whether everything was taken, and all of it was right. */
bool link_is_taken(const struct link_frame *frame);

/* Write a frame: begin, its parts, end. When memory runs out, the buffer has
   failed and holds no part of the frame; one frame of the stream is lost, so
   the link is to be closed. */
size_t link_begin(struct buffer *out, enum link_kind kind);
void link_put_number(struct buffer *out, uint64_t number);
void link_put_text(struct buffer *out, struct text text);
void link_end(struct buffer *out, size_t begin);

#endif

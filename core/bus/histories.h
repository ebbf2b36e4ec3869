#ifndef BASE_BUS_HISTORIES_H
#define BASE_BUS_HISTORIES_H

/*
** The histories of all channels, on their way to the process that takes the
** place of this one (link.h): with their messages, positions, epochs, and the
** time that they have left. The one that was silent for the longest time comes
** first.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct channel;
struct history;
struct link_frame;
struct list;
struct registry;

/* Writes frames of LINK_CHANNEL and LINK_KEPT, a part at a time. While it does
   so, nothing may be kept in any history, and none expires. */
struct histories_writer {
  struct list *by_age;
  const struct history *history; /* the next one, or NULL */
  uint32_t place;                /* of its message that comes next */
};

void histories_begin(struct histories_writer *writer, struct registry *registry,
                     struct buffer *out);

/* Writes about so many bytes; true when that was the rest. */
bool histories_write(struct histories_writer *writer, struct buffer *out,
                     size_t bytes);

/* They stay here: from now on they expire again. */
void histories_keep(struct registry *registry);

/* Begins all zero, but for the registry. */
struct histories_reader {
  struct registry *registry;
  struct channel *channel; /* whose messages come; NULL: its rule has no
                              history here, or memory ran out */
  struct history *early;   /* what was said here before: it comes behind */
  uint64_t left;           /* messages that have to come */
  uint64_t lifetime;       /* milliseconds */
  uint64_t channels;       /* how many were taken */
  uint64_t messages;
};

/* Read one such frame. False if it is wrong. What the rules of this process do
   not keep is left out. Between them no turn may end: a channel without a
   message would be freed. */
bool histories_take_channel(struct histories_reader *reader,
                            struct link_frame *frame);
bool histories_take_kept(struct histories_reader *reader,
                         struct link_frame *frame);

/* Not all came: drops every history, since positions would be used twice. */
void histories_give_up(struct histories_reader *reader);

#endif

#ifndef BASE_SERVER_HANDOVER_LINE_H
#define BASE_SERVER_HANDOVER_LINE_H

/*
** A socket between the process that is replaced and the one that replaces it,
** with frames in both directions (bus/link.h). What is written waits in a
** buffer, which line_flush writes; what comes is given on frame by frame.
**
** A line breaks once: when the other process ends it, says what is no frame, or
** takes nothing. From then on nothing comes, and what is written is lost.
*/
#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct line;
struct link_frame;
typedef struct uv_loop_s uv_loop_t;

struct line_events {
  /* False: the frame is wrong. The line breaks. */
  bool (*frame)(void *context, struct link_frame *frame);
  /* Why it broke, or NULL: the other process has closed it. The line may be
     freed, unless line_wait runs. */
  void (*broken)(void *context, const char *why);
};

/* Takes the socket, which does not block. NULL, and the socket is closed, when
   memory ran out. */
struct line *line_new(int descriptor, const struct line_events *events,
                      void *context);

/* Where frames for the other process are written. */
struct buffer *line_out(struct line *line);

/* How many bytes wait to be written. */
size_t line_waiting(const struct line *line);

/* Without a loop: writes and reads until `*is_over`. False when the line broke,
   or nothing came for so many milliseconds. */
bool line_wait(struct line *line, const bool *is_over, int milliseconds);

/* From here on the loop reads it. */
bool line_watch(struct line *line, uv_loop_t *loop);

/* Writes what waits, as far as the socket takes it; the rest follows by itself.
   More than `most` bytes may not wait: the line breaks. To be called at the end
   of each turn. */
void line_flush(struct line *line, size_t most);

/* Closes the socket; no event comes any more. The loop has to run a little
   longer. NULL is fine. */
void line_free(struct line *line);

#endif

#ifndef BASE_LIB_LOG_TEXT_H
#define BASE_LIB_LOG_TEXT_H

/*
** A text of anybody's, as it stands in a line of the log: valid UTF-8, without
** control characters, and never to be taken for a field or a line of its own.
*/
#include "lib/buffer.h"
#include "lib/log.h"
#include "lib/text.h"

enum log_text_part {
  LOG_TEXT_MESSAGE, /* in text format as it is */
  LOG_TEXT_WORD     /* the name or value of a field: in quotes where needed */
};

/* Asks for the memory that it needs, so that it is there when it runs out. */
void log_text_open(void);

/* Empties a buffer that stays from line to line, and gives back what a long
   line has left. */
void log_text_make_ready(struct buffer *buffer);

/* Prints the text into the line. */
void log_text_print(struct buffer *line, struct text text,
                    enum log_format format, enum log_text_part part);

#endif

#ifndef BASE_LIB_LOG_TEXT_H
#define BASE_LIB_LOG_TEXT_H

/*
** A text from any source, made safe for a line of the log: valid UTF-8,
** without control characters, and never mistaken for a field or for another
** line.
*/
#include "lib/buffer.h"
#include "lib/log.h"
#include "lib/text.h"

enum log_text_part {
  LOG_TEXT_MESSAGE, /* in text format it is not quoted */
  LOG_TEXT_WORD     /* the name or value of a field: in quotes where needed */
};

/* Allocates the memory it needs, so that it can still work when memory has run
   out. */
void log_text_open(void);

/* Empties a buffer that is used for every line, and shrinks it after a long
   line. */
void log_text_make_ready(struct buffer *buffer);

/* Appends the text to the line. */
void log_text_print(struct buffer *line, struct text text,
                    enum log_format format, enum log_text_part part);

#endif

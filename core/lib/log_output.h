#ifndef BASE_LIB_LOG_OUTPUT_H
#define BASE_LIB_LOG_OUTPUT_H

/*
** Where the lines of the log go. Writing never blocks, not even on a full disk
** or a pipe that nobody reads. What cannot be written at once is lost and
** counted.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets the descriptor. It is 2 at the start. */
void log_output_to(int descriptor);

/* Writes a line with its line feed. False when the line or a part of it is
   lost. */
bool log_output_write(const char *bytes, size_t size);

/* Counts a line that could not be made. `why` is an errno. */
void log_output_lose(int why);

/* How many lines were lost since log_output_forget, and the errno of the last
   loss. */
uint64_t log_output_lost(int *why);
void log_output_forget(uint64_t count);

/* Whether the last line was cut. Then the next one must begin with a line
   feed. */
bool log_output_is_cut(void);

#endif

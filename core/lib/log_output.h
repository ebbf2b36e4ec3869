#ifndef BASE_LIB_LOG_OUTPUT_H
#define BASE_LIB_LOG_OUTPUT_H

/*
** Where the lines of the log go. Whatever is there, a full disk or a pipe whose
** reader has gone or does not read, nobody is held up: what cannot be written
** at once is lost, and counted.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2, until another descriptor is named. */
void log_output_to(int descriptor);

/* Writes a line with its end. False when it is lost, or half of it. */
bool log_output_write(const char *bytes, size_t size);

/* One is lost before it could be written at all: an errno says why. */
void log_output_lose(int why);

/* How many lines are lost since this was last forgotten, and why the last one
   was: an errno. */
uint64_t log_output_lost(int *why);
void log_output_forget(uint64_t count);

/* Whether the last line was cut: what comes next belongs on a new one. */
bool log_output_is_cut(void);

#endif

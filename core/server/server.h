#ifndef BASE_SERVER_SERVER_H
#define BASE_SERVER_SERVER_H

/*
** The whole server: builds the parts in order, runs the turns of the loop,
** takes the parts down in reverse.
*/
#include "server/handover/successor.h"

#include <stdbool.h>

struct server_options {
  struct successor_command command; /* how this process was started */
  const char *project;              /* its path, which begins at the root */
  int port;                         /* of the command line, or 0 */
  int log_level;                    /* of the command line, or -1 */
  bool watches;                     /* reloads whenever a file is saved */
};

/* Serves the project in the working directory until it is told to end. Returns
   the exit status. */
int server_run(const struct server_options *options);

/* Loads everything and looks whether it would start, whoever listens at the
   moment; writes every mistake to standard error. Returns the exit status: 0
   without mistakes, else 1. */
int server_check(const struct server_options *options);

#endif

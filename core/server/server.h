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
  const char *project;              /* its absolute path */
  int port;                         /* from the command line, or 0 */
  int log_level;                    /* from the command line, or -1 */
  bool watches;                     /* reload whenever a file is saved */
};

/* Serves the project in the working directory until it has to end. Returns the
   exit status. */
int server_run(const struct server_options *options);

/* Loads everything and checks whether the server could start, apart from
   addresses that are in use now. Writes every mistake to standard error.
   Returns the exit status: 0 without mistakes, else 1. */
int server_check(const struct server_options *options);

#endif

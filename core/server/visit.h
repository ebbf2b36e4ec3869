#ifndef BASE_SERVER_VISIT_H
#define BASE_SERVER_VISIT_H

/*
** A load anew looks where the project's path leads by now: a deployment may
** have switched a link, or put another folder into its place. The working
** directory goes with it, and back again when nothing was loaded.
*/
#include <stdbool.h>

struct visit {
  int before; /* the working directory until then */
};

/* Goes there. Where this user may not follow the path any more, the folder of
   the start is loaded again, after a log line; false, after another, when it
   leads nowhere. */
bool visit_begin(struct visit *visit, const char *project);

/* Stays there, or goes back. To be called whatever visit_begin said. */
void visit_end(struct visit *visit, bool stays);

#endif

#ifndef BASE_SERVER_PROJECT_FOLDER_H
#define BASE_SERVER_PROJECT_FOLDER_H

/*
** A load anew looks where the project's path leads by now: a deployment may
** have switched a link, or put another folder into its place. The working
** directory goes with it, and back again when nothing was loaded.
*/
#include <stdbool.h>

struct project_folder {
  int before; /* the working directory until then */
};

/* Goes there. Where this user may not follow the path any more, the folder of
   the start is loaded again, after a log line; false, after another, when it
   leads nowhere. */
bool project_folder_enter(struct project_folder *folder, const char *project);

/* Stays there, or goes back. To be called whatever project_folder_enter said.
 */
void project_folder_leave(struct project_folder *folder, bool stays);

#endif

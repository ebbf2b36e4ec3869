#ifndef BASE_SERVER_PROJECT_FOLDER_H
#define BASE_SERVER_PROJECT_FOLDER_H

/*
** A reload follows the project's path again: a deployment may have switched a
** link, or put another folder in its place. The working directory follows, and
** goes back if the load fails.
*/
#include <stdbool.h>

struct project_folder {
  int before; /* the working directory before the load */
};

/* Changes to the project's folder. If this account may no longer follow the
   path, it stays in the previous folder, which is loaded again, and logs that.
   False, after a log line, when the path leads nowhere. */
bool project_folder_enter(struct project_folder *folder, const char *project);

/* Stays in the folder, or goes back. Call it whatever project_folder_enter
   returned. */
void project_folder_leave(struct project_folder *folder, bool stays);

#endif

#include "server/project_folder.h"

#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool project_folder_enter(struct project_folder *folder, const char *project) {
  folder->before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder->before >= 0 && chdir(project) == 0) return true;
  if (folder->before >= 0 && errno == EACCES) {
    log_event(LOG_WARN,
              "cannot find where %s leads: %s: the previous folder is loaded",
              project, strerror(errno));
    return true;
  }
  log_event(LOG_ERROR, "%s: %s", project, strerror(errno));
  return false;
}

void project_folder_leave(struct project_folder *folder, bool stays) {
  if (folder->before < 0) return;
  if (!stays && fchdir(folder->before) != 0)
    log_event(LOG_ERROR, "cannot go back to the project's previous folder: %s",
              strerror(errno));
  close(folder->before);
}

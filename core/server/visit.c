#include "server/visit.h"

#include "model/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool visit_begin(struct visit *visit, const char *project) {
  visit->before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (visit->before >= 0 && chdir(project) == 0) return true;
  if (visit->before >= 0 && errno == EACCES) {
    log_event(LOG_WARN,
              "it cannot be seen where %s leads by now: %s: what it was before "
              "is loaded",
              project, strerror(errno));
    return true;
  }
  log_event(LOG_ERROR, "%s: %s", project, strerror(errno));
  return false;
}

void visit_end(struct visit *visit, bool stays) {
  if (visit->before < 0) return;
  if (!stays && fchdir(visit->before) != 0)
    log_event(LOG_ERROR, "the folder of the project is lost: %s",
              strerror(errno));
  close(visit->before);
}

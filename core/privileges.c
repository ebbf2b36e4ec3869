#include "privileges.h"

#include "model/log.h"
#include "net/net.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NAME_SIZE = 256 };

static bool fail(const char *user, const char *why) {
  log_event(LOG_ERROR, "cannot become user '%s': %s", user, why);
  return false;
}

static bool names_group(const char *user) {
  return strchr(user, ':') != NULL;
}

/* The user's own group, unless one is named behind a colon. */
static bool find(const char *user, char name[NAME_SIZE], uid_t *uid,
                 gid_t *gid) {
  size_t size = strcspn(user, ":");
  snprintf(name, NAME_SIZE, "%.*s", (int)size, user);
  const struct passwd *entry = getpwnam(name);
  if (!entry) return fail(user, "there is no such user");
  *uid = entry->pw_uid;
  *gid = entry->pw_gid;
  if (!names_group(user)) return true;
  const struct group *group = getgrnam(user + size + 1);
  if (!group) return fail(user, "there is no such group");
  *gid = group->gr_gid;
  return true;
}

/* The kernel must refuse the way back. */
static bool is_final(uid_t uid, gid_t gid) {
  uid_t uids[3];
  gid_t gids[3];
  if (getresuid(&uids[0], &uids[1], &uids[2]) != 0 ||
      getresgid(&gids[0], &gids[1], &gids[2]) != 0)
    return false;
  for (int i = 0; i < 3; i++) {
    if (uids[i] != uid || gids[i] != gid) return false;
  }
  return setuid(0) != 0 && seteuid(0) != 0;
}

bool privileges_drop(const char *user, const struct net *net) {
  char name[NAME_SIZE];
  uid_t uid;
  gid_t gid;
  if (!user) {
    if (geteuid() == 0)
      log_event(LOG_WARN, "runs as root, and so do its scripts: name a user in "
                          "base.lua, user = \"www-data\"");
    return true;
  }
  if (!find(user, name, &uid, &gid)) return false;
  if (uid == 0) return fail(user, "that is root: name another");
  if (geteuid() == uid && getuid() == uid &&
      (getegid() == gid || !names_group(user)))
    return true;
  if (geteuid() != 0)
    return fail(user, "only root can: start it as root, or "
                      "as that user");
  if (!net_give(net, uid, gid) || initgroups(name, gid) != 0 ||
      setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
    return fail(user, strerror(errno));
  if (!is_final(uid, gid)) return fail(user, "the way back to root is open");
  privileges_forbid_cores(); /* the kernel may have thought anew */
  log_event(LOG_INFO, "runs as user %s", user);
  return true;
}

void privileges_forbid_cores(void) {
  struct rlimit none = {0};
  (void)setrlimit(RLIMIT_CORE, &none);
  /* For a core_pattern that is a pipe the limit is none. Nor does anybody but
     root look into the process from now on. */
  (void)prctl(PR_SET_DUMPABLE, 0);
}

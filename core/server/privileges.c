#include "server/privileges.h"

#include "lib/log.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAME_SIZE = 256 };

static bool names_group(const char *name) {
  return strchr(name, ':') != NULL;
}

struct account {
  char name[NAME_SIZE];
  uid_t uid;
  gid_t gid;
};

/* Looks the account up; the group is the account's own unless one is named
   behind a colon. Returns what is wrong, or NULL. */
static const char *find_account(const char *name, struct account *account) {
  size_t size = strcspn(name, ":");
  snprintf(account->name, NAME_SIZE, "%.*s", (int)size, name);
  const struct passwd *entry = getpwnam(account->name);
  if (!entry) return "there is no such account";
  account->uid = entry->pw_uid;
  account->gid = entry->pw_gid;
  if (account->uid == 0) return "that is root: name another account";
  if (!names_group(name)) return NULL;
  const struct group *group = getgrnam(name + size + 1);
  if (!group) return "there is no such group";
  account->gid = group->gr_gid;
  return NULL;
}

/* Whether the kernel refuses to make the process root again. */
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

static bool is_already(const char *name, const struct account *account) {
  return geteuid() == account->uid && getuid() == account->uid &&
         (getegid() == account->gid || !names_group(name));
}

/* Returns why it failed, or NULL. */
static const char *become_account(const struct account *account) {
  uid_t uid = account->uid;
  gid_t gid = account->gid;
  if (initgroups(account->name, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
      setresuid(uid, uid, uid) != 0)
    return strerror(errno);
  return is_final(uid, gid) ? NULL : "the process could become root again";
}

static const char only_root[] =
    "only root can: start Base as root, or as that account";

/* Changes the account of the listening sockets, too. Returns why it failed, or
   NULL. */
static const char *change_account(const char *name, const struct net *net,
                                  const struct account *account) {
  if (geteuid() != 0) return only_root;
  if (!net_give(net, account->uid, account->gid)) return strerror(errno);
  const char *why = become_account(account);
  if (why) return why;
  privileges_forbid_cores(); /* the kernel may have reset it */
  log_event(LOG_INFO, "runs as the account %s", name);
  return NULL;
}

bool privileges_drop(const char *name, const struct net *net) {
  struct account account;
  if (!name) {
    if (geteuid() == 0)
      log_event(LOG_WARN, "runs as root, and so do its scripts: set an "
                          "account in base.lua, user = \"www-data\"");
    return true;
  }
  const char *why = find_account(name, &account);
  if (!why && !is_already(name, &account))
    why = change_account(name, net, &account);
  if (why)
    log_event(LOG_ERROR, "cannot become the account '%s': %s", name, why);
  return !why;
}

/* Runs in a child process, as there is no way back. Writes why it failed, or
   nothing. */
static void try_to_become(const struct account *account, int descriptor) {
  const char *why = become_account(account);
  bool is_told = !why || write(descriptor, why, strlen(why)) > 0;
  _exit(is_told ? 0 : 1);
}

static bool attempt_account(const struct account *account, char *why,
                            size_t size) {
  int pipe[2];
  *why = '\0';
  if (pipe2(pipe, O_CLOEXEC) != 0) return false;
  pid_t child = fork();
  if (child == 0) try_to_become(account, pipe[1]);
  close(pipe[1]);
  ssize_t count = child > 0 ? read(pipe[0], why, size - 1) : -1;
  if (count >= 0) why[count] = '\0';
  close(pipe[0]);
  int status = 0;
  bool has_ended = child > 0 && waitpid(child, &status, 0) == child;
  return has_ended && status == 0 && count == 0;
}

bool privileges_check(const char *name, char *why, size_t size) {
  struct account account;
  const char *known = find_account(name, &account);
  if (!known && is_already(name, &account)) return true;
  if (!known && geteuid() != 0) known = only_root;
  if (known) snprintf(why, size, "%s", known);
  return !known && attempt_account(&account, why, size);
}

void privileges_forbid_cores(void) {
  struct rlimit none = {0};
  (void)setrlimit(RLIMIT_CORE, &none);
  /* A core_pattern that is a pipe ignores that limit. From now on only root may
     look into the process. */
  (void)prctl(PR_SET_DUMPABLE, 0);
}

#ifndef BASE_SERVER_PRIVILEGES_H
#define BASE_SERVER_PRIVILEGES_H

/*
** Gives up the rights of root, for good.
*/
#include <stdbool.h>
#include <stddef.h>

struct net;

/* Switches to the account "name" or "name:group", with that account's groups,
   if the process runs as root, and hands the listening sockets to it. Does
   nothing if the process runs as that account already; the group only counts if
   one is named. NULL stays as it is, with a warning if that is root. False,
   after a log line, when the server must not go on. */
bool privileges_drop(const char *name, const struct net *net);

/* Whether privileges_drop would succeed; tries it in a child process. False,
   with the reason in `why`. */
bool privileges_check(const char *name, char *why, size_t size);

/* Forbids core files: memory holds cookies and keys. */
void privileges_forbid_cores(void);

#endif

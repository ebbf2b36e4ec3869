#ifndef BASE_SERVER_PRIVILEGES_H
#define BASE_SERVER_PRIVILEGES_H

/*
** Giving up the rights of root, for good.
*/
#include <stdbool.h>
#include <stddef.h>

struct net;

/* Becomes "name" or "name:group", with that user's groups, when the process is
   root's, and gives what listens to them; does nothing when it is that user's
   already, of whatever group if none is named. NULL stays who it is, with a
   warning if that is root. False after a log line: it must not go on. */
bool privileges_drop(const char *name, const struct net *net);

/* Whether privileges_drop would succeed; tries it in a process that ends.
   False, with why in the text. */
bool privileges_check(const char *name, char *why, size_t size);

/* No core file: memory holds cookies and keys. */
void privileges_forbid_cores(void);

#endif

#ifndef BASE_NET_LISTEN_BOUND_H
#define BASE_NET_LISTEN_BOUND_H

/*
** The descriptor of a listener, and the file of its Unix socket: binds, and
** cleans up.
*/
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum { LISTENER_NAME_SIZE = 128 };

struct bound {
  bool is_unix;
  char *path;       /* owned: of a Unix socket, or NULL */
  struct stat file; /* the socket that we made there */
};

/* Returns a descriptor that listens, or -1 after a log line that says what to
   do. */
int bound_bind(struct bound *address, const char *where);

/* Why one could not listen there, whoever does at the moment; NULL: one could.
   The text is good until the next call. */
const char *bound_check(const char *where);

/* For a descriptor that listens there already. False when the Unix socket is
   not there any more, or memory ran out. */
bool bound_adopt(struct bound *address, const char *where, int descriptor);

/* Whether one that is asked for by this address comes to us: somebody may have
   removed or replaced the Unix socket. */
bool bound_is_ours(const struct bound *address);

/* Whether who asks for `where` comes to us: a path that does not begin at the
   root, or that leads through links, may lead elsewhere by now. */
bool bound_is_found(const struct bound *address, const char *where);

/* Gives the Unix socket, if it is still ours, to a user, who may remove it then
   if the folder lets them. False, with errno, when that cannot be. */
bool bound_give(const struct bound *address, uid_t user, gid_t group);

/* Leaves the Unix socket to another process. */
void bound_leave(struct bound *address);

/* Removes the Unix socket, if it is still ours. */
void bound_close(struct bound *address);

/* What it really listens on: port 0 has become a number. */
void bound_name(int descriptor, char name[LISTENER_NAME_SIZE]);

#endif

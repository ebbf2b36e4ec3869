#ifndef BASE_NET_LISTEN_BOUND_H
#define BASE_NET_LISTEN_BOUND_H

/*
** The descriptor of a listener and the file of its Unix socket: binds it and
** cleans up.
*/
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum { LISTENER_NAME_SIZE = 128 };

struct bound {
  bool is_unix;
  char *path;       /* owned: the path of a Unix socket, or NULL */
  struct stat file; /* the socket file that was made there */
};

/* Returns a descriptor that listens, or -1 after a log line that says what to
   do. */
int bound_bind(struct bound *address, const char *where);

/* Why listening there would fail, whoever listens there at the moment; NULL if
   it would not. The text is good until the next call. */
const char *bound_check(const char *where);

/* For a descriptor that listens there already. False when the Unix socket does
   not exist any more or memory ran out. */
bool bound_adopt(struct bound *address, const char *where, int descriptor);

/* Whether connections to this address come to this process; another one may
   have removed or replaced the Unix socket. */
bool bound_is_ours(const struct bound *address);

/* Whether connections to `where` come to this process: a relative path, or one
   with symbolic links, may lead elsewhere by now. */
bool bound_is_found(const struct bound *address, const char *where);

/* Gives the Unix socket, if it is still ours, to an account, which may then
   remove it if the folder permits. False with errno when that fails. */
bool bound_give(const struct bound *address, uid_t user, gid_t group);

/* Leaves the Unix socket to another process. */
void bound_leave(struct bound *address);

/* Removes the Unix socket, if it is still ours. */
void bound_close(struct bound *address);

/* The address it really listens on: port 0 is replaced by the true number. */
void bound_name(int descriptor, char name[LISTENER_NAME_SIZE]);

#endif

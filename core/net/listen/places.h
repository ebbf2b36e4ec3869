#ifndef BASE_NET_LISTEN_PLACES_H
#define BASE_NET_LISTEN_PLACES_H

/*
** Where a listener listens: reads what base.lua says, binds, and cleans up.
*/
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum { LISTENER_NAME_SIZE = 128 };

/* Before a place where every connection begins with a PROXY header. */
#define LISTENER_PROXY "proxy "

/* What systemd has opened: all of it that nobody names, or "systemd:name". */
#define LISTENER_SYSTEMD "systemd"

struct listener_address {
  bool is_unix;
  char *path;       /* owned: of a Unix socket, or NULL */
  struct stat file; /* the socket that we made there */
};

/* Returns a descriptor that listens, or -1 after a log line that says what to
   do. */
int listener_address_bind(struct listener_address *address, const char *where);

/* Why one could not listen there, whoever does at the moment; NULL: one could.
   The text is good until the next call. */
const char *listener_address_check(const char *where);

/* For a descriptor that listens there already. False when the Unix socket is
   not there any more, or memory ran out. */
bool listener_address_adopt(struct listener_address *address, const char *where,
                            int descriptor);

/* Whether one that is asked for by this address comes to us: somebody may have
   removed or replaced the Unix socket. */
bool listener_address_is_ours(const struct listener_address *address);

/* Whether who asks for `where` comes to us: a path that does not begin at the
   root, or that leads through links, may lead elsewhere by now. */
bool listener_address_is_found(const struct listener_address *address,
                               const char *where);

/* Gives the Unix socket, if it is still ours, to a user, who may remove it then
   if the folder lets them. False, with errno, when that cannot be. */
bool listener_address_give(const struct listener_address *address, uid_t user,
                           gid_t group);

/* Leaves the Unix socket to another process. */
void listener_address_leave(struct listener_address *address);

/* Removes the Unix socket, if it is still ours. */
void listener_address_close(struct listener_address *address);

/* What it really listens on: port 0 has become a number. */
void listener_address_name(int descriptor, char name[LISTENER_NAME_SIZE]);

#endif

#ifndef BASE_USER_H
#define BASE_USER_H

/*
** One user of the application: an id and its connections to this server. The
** application's fields live in Lua.
**
** A user exists from its first registration until `offline_after` has passed
** since its last connection left. Then registry.on_offline is called, and the
** user is freed after it.
*/
#include "lib/list.h"
#include "lib/text.h"
#include "lib/timers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;
struct message;
struct quota;
struct registry;

enum { USER_ID_MAX = 128 };

struct user {
  struct registry *registry;
  struct list connections; /* linked by `of_user`; the one that joined last is
                              first */
  uint32_t connection_count;
  struct list channels; /* of struct user_channel: those that every connection
                           of it is in */
  struct quota *quota;  /* model/quota sets it; or NULL */
  struct timer offline;
  int handle;        /* the scripts': reference of its handle, or 0 */
  bool is_integer;   /* the id was first registered as an integer */
  bool is_announced; /* the scripts': on.online was called for it */
  bool is_counted;   /* for who counts users: false again afterwards */
  bool is_elsewhere; /* the process that is replaced has connections of it, or
                        may have: it does not go offline */
  struct list_link left; /* in registry->left */
  uint8_t id_size;
  char id[]; /* the string, or the integer as decimal text; with a zero at the
                end */
};

/* The id as text: a view. */
static inline struct text user_id_text(const struct user *user) {
  return (struct text){user->id, user->id_size};
}

/* The user with this id, or NULL. Ids are compared as text: "42" and 42 are the
   same. */
struct user *user_find(const struct registry *registry, struct text id);

/* Adds a new user without connections. The id has 1 to USER_ID_MAX bytes and
   must not be in use. NULL when memory ran out. */
struct user *user_add(struct registry *registry, struct text id,
                      bool is_integer);

/* Whether the connection may join. limits.connections_per_user limits the open
   connections. At the limit, either this connection is closed with 4009, or as
   many of the oldest ones as necessary (limits.on_exceed). */
bool user_make_room(struct user *user, struct connection *newcomer);

/* Gives the connection to the user; it leaves the user it had, with its
   channels. A guest stays in its channels. */
void user_join(struct user *user, struct connection *connection);

/* Takes the connection from its user, if it has one, and out of its channels.
   When a user's last
   connection leaves, the time until it is offline begins. */
void user_leave(struct connection *connection);

/* Starts the time until a user without connections is offline. */
void user_expire_in(struct user *user, uint64_t milliseconds);

/* Sends to all of its connections. The user may be NULL. Returns how many
   accepted the message. */
uint32_t user_send(struct user *user, struct message *message);

/* Closes all of its connections. The user may be NULL. Returns how many were
   open. */
uint32_t user_close(struct user *user, int code, const char *reason);

#endif

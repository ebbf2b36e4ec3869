#ifndef BASE_USER_H
#define BASE_USER_H

/*
** One user of the application: an id and the connections it has here. The
** application's fields live in Lua.
**
** A user is there from the first registration until `offline_after` has passed
** since its last connection left. Then registry.on_offline is called, the last
** moment at which the pointer is good.
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
  struct list connections; /* by `of_user`, who joined last first */
  uint32_t connection_count;
  struct quota *quota; /* model/quota's, or NULL */
  struct timer offline;
  int handle;      /* the scripts': reference of its handle, or 0 */
  bool is_integer; /* the id was first registered as an integer */
  bool
      is_announced; /* the scripts': the scripts were told of it by on.online */
  uint8_t id_size;
  char id[]; /* its decimal text, or the string; ended by a zero as well */
};

/* The user with this id, or NULL. Text decides: "42" and 42 are one. */
struct user *user_find(const struct registry *registry, struct text id);

/* A new user, without connections. The id is 1 to USER_ID_MAX bytes and not
   there yet. NULL when memory ran out. */
struct user *user_add(struct registry *registry, struct text id,
                      bool is_integer);

/* Whether the connection may join, by limits.connections_per_user, which counts
   the open ones. At the limit either the connection itself is closed with 4009,
   or as many of the oldest as have to make room (limits.on_exceed). */
bool user_make_room(struct user *user, struct connection *newcomer);

/* Gives the connection to the user, taking it from the one it had. */
void user_join(struct user *user, struct connection *connection);

/* Takes the connection from its user, if it has one; the last that leaves
   starts the time until it is offline. */
void user_leave(struct connection *connection);

/* Sends to all of its connections. NULL is nobody. Returns how many took it. */
uint32_t user_send(struct user *user, struct message *message);

/* Closes all of its connections. NULL is nobody. Returns how many were open. */
uint32_t user_close(struct user *user, int code, const char *reason);

#endif

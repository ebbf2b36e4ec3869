#ifndef BASE_LUA_SESSION_LIFECYCLE_H
#define BASE_LUA_SESSION_LIFECYCLE_H

/*
** A session from its beginning to its end: connect, authenticate, registered
** for some time, disconnect, with the hooks of each.
*/
#include <stdint.h>

struct connection;
struct scripts;
struct session;

/* How long a registration is good, in milliseconds. */
struct expiry {
  uint64_t after; /* 0: it has expired already */
  uint64_t grace; /* for registering again, from then on */
};

/* A WebSocket was opened. From inside scripts_enter only, as the others. */
void session_open(struct scripts *scripts, struct connection *connection);

/* The user is joined and `authenticated` is sent: runs `online` if the user is
   new, then what waited. The expiry, or NULL for none, replaces the one before;
   only a grace that runs is not begun anew by one that has passed. */
void session_admit(struct session *session, const struct expiry *expiry);

/* The connection is closed. */
void session_closed(struct session *session, int code, const char *reason);

/* Frees the session of a connection. Who waited for its answers hears of it
   from calls_left. */
void session_free(struct session *session);

#endif

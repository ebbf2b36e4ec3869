#ifndef BASE_LUA_SESSION_LIFECYCLE_H
#define BASE_LUA_SESSION_LIFECYCLE_H

/*
** A session from beginning to end: connect, authenticate, registered for some
** time, disconnect, with the hooks of each.
*/
#include <stdint.h>

struct connection;
struct scripts;
struct session;

/* How long a registration is valid, in milliseconds. */
struct expiry {
  uint64_t after; /* 0: it has expired already */
  uint64_t grace; /* from then on, to register again */
};

/* A WebSocket was opened. Call only inside scripts_enter, as the others. */
void session_open(struct scripts *scripts, struct connection *connection);

/* The connection has its user and `authenticated` is sent: runs the hook
   `online` if the user is new, then the messages that waited. The expiry, or
   NULL for none, replaces the one before; but an expiry that has passed already
   does not restart a grace that runs. */
void session_admit(struct session *session, const struct expiry *expiry);

/* The connection has closed. */
void session_closed(struct session *session, int code, const char *reason);

/* Frees the session of a connection. calls_left wakes the tasks that waited for
   its answers. */
void session_free(struct session *session);

#endif

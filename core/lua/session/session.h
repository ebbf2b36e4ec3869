#ifndef BASE_LUA_SESSION_SESSION_H
#define BASE_LUA_SESSION_SESSION_H

/*
** What the scripts' side knows of one connection: how far it is on its way
** (connect → authenticate → its messages → disconnect), the action that runs,
** and the messages that wait for their turn.
*/
#include "lib/list.h"
#include "lib/timers.h"
#include "model/message.h"
#include "model/quota.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scripts;
struct callee;
struct connection;
struct task;

enum session_phase {
  SESSION_AUTHENTICATING, /* `authenticate` runs and has not answered */
  SESSION_GUEST,          /* it returned without an answer */
  SESSION_MEMBER          /* registered, and `authenticated` is sent */
};

/* How long a registration is good, in milliseconds. */
struct expiry {
  uint64_t after; /* 0: it has expired already */
  uint64_t grace; /* for registering again, from then on */
};

struct session {
  struct scripts *scripts;
  struct connection *connection;
  enum session_phase phase;
  uint32_t queued;         /* messages that wait for their turn, in a table with
                              holes: */
  uint64_t first;          /* there is none up to here, */
  uint64_t passed;         /* none up to here that may run before others, */
  uint64_t last;           /* and none behind this */
  uint64_t queued_bytes;   /* of their texts, as they came */
  struct charge charge;    /* of what they cost */
  struct task *busy;       /* the action that runs or waits, or NULL */
  struct list callees;     /* who waits for an answer of it: call.h */
  uint64_t authenticating; /* the moment at which `authenticate` began, */
  uint64_t began;          /* and that of the last of its runs */
  uint32_t registrations;  /* so many have begun */
  bool is_renewal;         /* the last of them is as the same user */
  bool is_taken;           /* one of them was not of `authenticate` */
  bool has_expired;        /* a member, and told so: grace runs */
  uint64_t grace;
  struct timer deadline; /* authenticate_time, guest_time; its expiry */
};

/* The session of an open or closing connection, or NULL. */
struct session *session_find(struct scripts *scripts, uint64_t id);

/* Whether the script speaks a protocol of its own: Base sends nothing by
   itself then. */
bool session_is_raw(const struct session *session);

/* Everything that follows from the event. From inside scripts_enter only. */
void session_open(struct scripts *scripts, struct connection *connection);
void session_received(struct session *session, enum message_kind kind,
                      const char *bytes, size_t size);
void session_limited(struct session *session, const char *bytes, size_t size);
void session_closed(struct session *session, int code, const char *reason);

/* The user is joined and `authenticated` is sent: runs `online` if the user is
   new, then what waited. The expiry, or NULL for none, replaces the one before;
   only a grace that runs is not begun anew by one that has passed. */
void session_admit(struct session *session, const struct expiry *expiry);

/* Whether the run that speaks now is `authenticate`, or what that spawned. */
bool session_is_authenticating(const struct session *session);

/* The connection has another user: what waits is that one's. */
void session_charge(struct session *session);

/* Starts the next message that waits and may run, unless one is running. */
void session_run_next(struct session *session);

/* Tells the client `reconnect` with a random time, and closes. */
void session_send_away(struct session *session, int code, const char *reason);

/* Whether nothing of it runs or waits for its turn. */
bool session_is_quiet(const struct session *session);

/* Frees the session of a connection. Who waited for its answers hears of it
   from calls_left. */
void session_free(struct session *session);

#endif

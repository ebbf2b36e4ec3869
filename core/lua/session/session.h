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
struct connection;
struct task;

enum session_phase {
  SESSION_AUTHENTICATING, /* `authenticate` runs and has not answered */
  SESSION_GUEST,          /* it returned without an answer */
  SESSION_MEMBER          /* registered, and `authenticated` is sent */
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

bool session_is_open(const struct session *session);

/* Whether the script speaks a protocol of its own: Base sends nothing by
   itself then. */
bool session_is_raw(const struct session *session);

/* Whether the run that speaks now is `authenticate`, or what that spawned. */
bool session_is_authenticating(const struct session *session);

/* Tells the client `reconnect` with a random time, and closes. */
void session_send_away(struct session *session, int code, const char *reason);

/* Whether nothing of it runs or waits for its turn. */
bool session_is_quiet(const struct session *session);

#endif

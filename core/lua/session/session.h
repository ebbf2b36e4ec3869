#ifndef BASE_LUA_SESSION_SESSION_H
#define BASE_LUA_SESSION_SESSION_H

/*
** The scripts' state of one connection: its phase (connect → authenticate → its
** messages → disconnect), the action that runs, and the messages that wait for
** their turn.
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
  SESSION_GUEST,          /* `authenticate` returned without registering the
                             connection */
  SESSION_MEMBER          /* registered, and `authenticated` is sent */
};

struct session {
  struct scripts *scripts;
  struct connection *connection;
  enum session_phase phase;
  uint32_t queued;         /* messages that wait for their turn, in a table with
                              holes */
  uint64_t first;          /* no message waits up to this place */
  uint64_t passed;         /* no message up to this place may overtake others */
  uint64_t last;           /* the last place */
  uint64_t queued_bytes;   /* bytes of the messages that wait */
  struct charge charge;    /* what the messages that wait cost */
  struct task *busy;       /* the action that runs or waits, or NULL */
  struct list callees;     /* the calls to this client: call.h */
  uint64_t authenticating; /* the moment at which `authenticate` began */
  uint64_t began;          /* the moment at which its last run began */
  uint32_t registrations;  /* how many registrations have begun */
  bool is_renewal;         /* the last registration is for the same user */
  bool is_taken;           /* one of the registrations was not made by
                              `authenticate` */
  bool has_expired; /* a member that was sent `expired`: the grace runs */
  uint64_t grace;
  struct timer deadline; /* authenticate_time, guest_time, the expiry or the
                            grace */
};

/* The session of an open or closing connection, or NULL. */
struct session *session_find(struct scripts *scripts, uint64_t id);

bool session_is_open(const struct session *session);

/* Whether the scripts speak a protocol of their own: then Base sends nothing by
   itself. */
bool session_is_raw(const struct session *session);

/* Whether the current run is `authenticate`, or was spawned by it. */
bool session_is_authenticating(const struct session *session);

/* Sends `reconnect` with a random time and closes the connection. */
void session_send_away(struct session *session, int code, const char *reason);

/* Whether no action runs and no message waits. */
bool session_is_quiet(const struct session *session);

#endif

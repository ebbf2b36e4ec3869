#ifndef BASE_LUA_SESSION_INBOX_H
#define BASE_LUA_SESSION_INBOX_H

/*
** The messages of one connection: decides which may run in its phase, one after
** another, and which are answered at once.
*/
#include "model/message.h"

#include <stddef.h>

struct session;

/* A whole message came. Call only inside scripts_enter, as the others. */
void inbox_received(struct session *session, enum message_kind kind,
                    const char *bytes, size_t size);

/* Net has refused a message (limits.rate). `bytes` is NULL if they are not
   available. */
void inbox_limited(struct session *session, const char *bytes, size_t size);

/* Starts the next message that waits and may run, unless one is running. */
void inbox_run_next(struct session *session);

#endif

#ifndef BASE_NET_WS_DELIVERING_H
#define BASE_NET_WS_DELIVERING_H

/*
** What follows from a whole message, from a control frame, and from a mistake.
** Between websocket_received.c, which finds them in the bytes, and the events.
** Only net/websocket* include this.
*/
#include "model/quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct socket;

/* Whether a message that comes now is for anybody. */
bool websocket_is_listening(const struct socket *socket);

/* What comes behind a mistake cannot be understood any more: no Close of the
   peer's is waited for. */
void websocket_fail(struct socket *socket, int code, const char *why);
void websocket_fail_too_big(struct socket *socket);

/* So much is kept of this user, or address, that this message has no room. */
void websocket_fail_kept(struct socket *socket, enum quota_limit passed);

/* Counts a frame against limits.rate, at a price of 1 to BUCKET_WHOLE: false
   when that is too much. The tenth in a row closes with 4029. */
bool websocket_may(struct socket *socket, uint64_t price);

/* A message that is not taken: the event. Its bytes where it is a text in one
   frame, else NULL. */
void websocket_refuse_message(struct socket *socket, const char *bytes,
                              size_t size);

/* A Close, ping or pong. */
void websocket_take_control(struct socket *socket, uint8_t opcode,
                            const char *bytes, size_t size);

/* A whole message: the event, after a check of its UTF-8 unless that was done.
 */
void websocket_take_message(struct socket *socket, uint8_t kind, char *bytes,
                            size_t size, bool is_checked);

/* The same for one that is deflated. */
void websocket_take_deflated(struct socket *socket, uint8_t kind,
                             const char *bytes, size_t size);

#endif

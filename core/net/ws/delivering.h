#ifndef BASE_NET_WS_DELIVERING_H
#define BASE_NET_WS_DELIVERING_H

/*
** What happens with a whole message, with a control frame, and after a mistake
** of the peer: the step from receiving.c, which finds them in the bytes, to
** the events. Only net/ws includes this.
*/
#include "model/quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct socket;

/* Whether a message that comes now will be delivered. */
bool websocket_is_listening(const struct socket *socket);

/* Closes after a mistake of the peer. What follows the mistake cannot be
   understood, so the peer's Close is not awaited. */
void websocket_fail(struct socket *socket, int code, const char *why);
void websocket_fail_too_big(struct socket *socket);

/* Closes because so much is kept for this user or address that the message does
   not fit. */
void websocket_fail_kept(struct socket *socket, enum quota_limit passed);

/* Counts a frame against limits.rate; its price is 1 to BUCKET_WHOLE. False
   when the limit is exceeded. The tenth refusal in a row closes with 4029. */
bool websocket_may(struct socket *socket, uint64_t price);

/* Sends the event for a message that is refused. Its bytes are given for a text
   in one frame, else NULL. */
void websocket_refuse_message(struct socket *socket, const char *bytes,
                              size_t size);

/* Handles a Close, ping or pong. */
void websocket_take_control(struct socket *socket, uint8_t opcode,
                            const char *bytes, size_t size);

/* Sends the event for a whole message, after checking its UTF-8 unless that was
   done. */
void websocket_take_message(struct socket *socket, uint8_t kind, char *bytes,
                            size_t size, bool is_checked);

/* The same for a deflated message. */
void websocket_take_deflated(struct socket *socket, uint8_t kind,
                             const char *bytes, size_t size);

#endif

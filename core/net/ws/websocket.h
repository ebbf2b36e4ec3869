#ifndef BASE_NET_WS_WEBSOCKET_H
#define BASE_NET_WS_WEBSOCKET_H

/*
** RFC 6455 on one socket, after the handshake: parses frames in place,
** collects fragments, answers pings, and performs the closing handshake. Whole
** messages become events.
**
** Unfinished input (a part of a frame, a message in fragments) lies in a
** struct websocket, which a socket has only while something is unfinished. It
** grows with the bytes that come, not with the size that a frame announces.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct head;
struct message;
struct protocol;
struct socket;

extern const struct protocol websocket_protocol;

/* Makes a WebSocket of an HTTP socket: opens the connection, which takes the
   head; queues `answer` (the 101, MESSAGE_RAW) as its first output; sends the
   event `opened`. Past limits.connections the client is instead told
   `reconnect` and closed with 1013, past limits.connections_per_address closed
   with 4009, without an event. False when memory ran out: then the head is
   freed and nothing is queued. socket->http stays the caller's. */
bool websocket_open(struct socket *socket, struct head *head,
                    struct message *answer);

/* Takes all bytes of a read. They are unmasked in place. What is too much for
   one turn waits: input of the socket is paused, and it asks for another
   turn. */
void websocket_received(struct socket *socket, char *bytes, size_t size);

/* Continues with frames that wait. To be called when the socket has its turn
   and can write. False when nothing waits. */
bool websocket_go_on(struct socket *socket);

/* The socket is gone, or will be: sends the event `closed`, once, and frees
   unfinished input. */
void websocket_closed(struct socket *socket);

/* The same, with the caller's reason. The code is 1006 unless the connection
   was closing already. */
void websocket_broken(struct socket *socket, const char *reason);

/* To be called once a second: pings a silent peer, and kills the socket if it
   stays silent. */
void websocket_tick(struct socket *socket);

#endif

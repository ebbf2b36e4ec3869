#ifndef BASE_NET_WS_WEBSOCKET_H
#define BASE_NET_WS_WEBSOCKET_H

/*
** RFC 6455 on one socket, after the handshake: parses frames in place, collects
** fragments, answers pings, and goes through the closing handshake. Delivers
** whole messages as events.
**
** What is unfinished (half a frame, a message in fragments) lies in a struct
** websocket, which a socket has only as long as there is something unfinished.
** It grows with the bytes that came, never with those that were announced.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct head;
struct message;
struct protocol;
struct socket;

extern const struct protocol websocket_protocol;

/* Makes a WebSocket of an HTTP socket: opens the connection (taking the head),
   queues `answer` (the 101, MESSAGE_RAW) as its first output, and sends the
   event `opened`. Past limits.connections it is told `reconnect` and closed
   with 1013 instead, past those of its address with 4009, without an event.
   False (head freed, nothing queued) when memory ran out. socket->http is left
   to the caller. */
bool websocket_open(struct socket *socket, struct head *head,
                    struct message *answer);

/* Takes bytes that were read, all of them. They are unmasked in place. What is
   too much for one turn waits, and with it the input of the socket, which asks
   for another turn. */
void websocket_received(struct socket *socket, char *bytes, size_t size);

/* Goes on with what waits: to be called when the socket has its turn, and takes
   output. False when nothing waits. */
bool websocket_go_on(struct socket *socket);

/* The socket is gone or will be: sends the event `closed`, once, and frees what
   was unfinished. */
void websocket_closed(struct socket *socket);

/* The same, with a reason of the caller's; the code is 1006 unless the
   connection was closing already. */
void websocket_broken(struct socket *socket, const char *reason);

/* Once a second: pings one that is silent and kills it if it stays so. */
void websocket_tick(struct socket *socket);

#endif

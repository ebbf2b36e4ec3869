#ifndef BASE_NET_WS_OPENING_H
#define BASE_NET_WS_OPENING_H

/*
** From an HTTP request to a WebSocket: the handshake, its answer, and the
** connection.
*/
struct upgrade;

extern const struct upgrade websocket_upgrade;

#endif

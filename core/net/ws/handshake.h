#ifndef BASE_NET_WS_HANDSHAKE_H
#define BASE_NET_WS_HANDSHAKE_H

/*
** The opening handshake of a WebSocket, the server's side (RFC 6455 section
** 4.2): decides who may connect, and makes the answer.
*/
#include <stdbool.h>

struct config;
struct extension;
struct head;
struct http_error;
struct message;
struct limit_hits;

/* Sets *error to 426 for a request that has lost its field Upgrade. Logs a
   hint, at most once a minute. */
void handshake_refuse_lost(struct limit_hits *limit_hits,
                           struct http_error *error);

/* Whether the request gets a WebSocket. Chooses from the offered subprotocols
   (noted in the head) and extensions. When it does not, sets *error, and counts
   refused origins. */
bool handshake_check(struct head *head, const struct config *config,
                     struct limit_hits *limit_hits, struct extension *accepted,
                     struct http_error *error);

/* The 101 for a head that was checked, as MESSAGE_RAW; NULL when memory ran
   out. */
struct message *handshake_answer(const struct head *head,
                                 const struct extension *accepted);

#endif

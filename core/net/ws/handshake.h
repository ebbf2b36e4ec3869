#ifndef BASE_NET_WS_HANDSHAKE_H
#define BASE_NET_WS_HANDSHAKE_H

/*
** The opening handshake of a WebSocket, the server's half (RFC 6455 section
** 4.2): who may, and the answer to them.
*/
#include <stdbool.h>

struct config;
struct extension;
struct head;
struct http_error;
struct message;
struct limit_hits;

/* Sets *error for a request whose field Upgrade was lost: 426. The log has a
   hint, now and then. */
void handshake_refuse_lost(struct limit_hits *limit_hits,
                           struct http_error *error);

/* Whether it gets one, and what of the subprotocols (noted in the head) and
   extensions that it offers. False, and *error set, when it gets none; a page
   of a foreign origin is counted. */
bool handshake_check(struct head *head, const struct config *config,
                     struct limit_hits *limit_hits, struct extension *accepted,
                     struct http_error *error);

/* The 101 for a head that was checked, MESSAGE_RAW; NULL when memory ran out.
 */
struct message *handshake_answer(const struct head *head,
                                 const struct extension *accepted);

#endif

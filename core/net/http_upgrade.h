#ifndef BASE_HTTP_UPGRADE_H
#define BASE_HTTP_UPGRADE_H

/*
** The opening handshake of a WebSocket, the server's half (RFC 6455 section
** 4.2): who may, and the answer to them.
*/
#include <stdbool.h>

struct config;
struct head;
struct http_error;
struct message;

/* Whether a request asks for a WebSocket, rightly or not. */
bool http_upgrade_is_asked(const struct head *head);

/* Whether it gets one. False, and *error set, when it does not; a page of a
   foreign origin is logged. */
bool http_upgrade_check(const struct head *head, const struct config *config,
                        struct http_error *error);

/* The 101 for a head that was checked, MESSAGE_RAW; NULL when memory ran out.
 */
struct message *http_upgrade_answer(const struct head *head);

#endif

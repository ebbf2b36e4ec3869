#ifndef BASE_NET_WS_EXTENSION_H
#define BASE_NET_WS_EXTENSION_H

/*
** Chooses the permessage-deflate for a client from its offers in
** Sec-WebSocket-Extensions (RFC 6455 section 9.1, RFC 7692 section 7.1).
*/
#include <stdbool.h>

struct buffer;
struct head;

struct extension {
  int window; /* bits of the window for messages to the client, 9 to 15; 0: none
                 is deflated */
  bool names_window; /* the client named a window, so the answer must too */
};

/* Accepts the first offer that is supported. An offer with an unknown, invalid
   or repeated parameter is skipped. False when the field is not valid. */
bool extension_accept(const struct head *head, struct extension *accepted);

/* Prints the field of the answer for the accepted offer. */
void extension_print(struct buffer *buffer, const struct extension *accepted);

#endif

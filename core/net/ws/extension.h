#ifndef BASE_NET_WS_EXTENSION_H
#define BASE_NET_WS_EXTENSION_H

/*
** Which permessage-deflate a client gets, of those that it offers in
** Sec-WebSocket-Extensions (RFC 6455 section 9.1, RFC 7692 section 7.1).
*/
#include <stdbool.h>

struct buffer;
struct head;

struct extension {
  int window; /* bits of that with which messages to the client may be deflated,
                 9 to 15; 0: nothing is */
  bool names_window; /* the client did, and so must the answer */
};

/* Accepts the first offer that can be taken; one with a parameter that is
   unknown, invalid or said twice is passed over. False when the field is not
   written as it must be. */
bool extension_accept(const struct head *head, struct extension *accepted);

/* Prints the field of the answer to an offer that was accepted. */
void extension_print(struct buffer *buffer, const struct extension *accepted);

#endif

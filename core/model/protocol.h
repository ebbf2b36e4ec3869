#ifndef BASE_PROTOCOL_H
#define BASE_PROTOCOL_H

/*
** Chooses the subprotocol (RFC 6455 section 1.9): the first one of base.lua's
** list that the client offers, else Base's own if it offers that. Names are
** compared byte by byte.
*/
struct config;
struct head;

/* The protocol of docs/reference/wire.md. It is always known, unless a project
   names its own protocols and speaks them itself (on.text). */
#define PROTOCOL_BASE "base.v1"

/* Notes the chosen subprotocol in the head, if there is one. */
void protocol_choose(struct head *head, const struct config *config);

#endif

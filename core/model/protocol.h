#ifndef BASE_PROTOCOL_H
#define BASE_PROTOCOL_H

/*
** Which of the subprotocols that a client offers is spoken (RFC 6455 section
** 1.9): the first of base.lua's that is among them, then Base's own. Names are
** compared byte by byte.
*/
struct config;
struct head;

/* That of docs/reference/wire.md, which is always known; but not where a
   project names its own and speaks them itself (on.text). */
#define PROTOCOL_BASE "base.v1"

/* Notes in the head which one it is; none where none is spoken. */
void protocol_choose(struct head *head, const struct config *config);

#endif

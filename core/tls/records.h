#ifndef BASE_RECORDS_H
#define BASE_RECORDS_H

/*
** What a peer may have OpenSSL do that brings no data: updates of its keys,
** handshakes that are asked for and refused, tickets, alerts, a handshake in
** pieces of one byte. OpenSSL takes them one after the other inside of one
** read, for as long as they come faster than it takes them. They are counted
** here, and past a number that no honest peer comes near nothing more is read:
** the read fails as at the peer's end.
**
** Knows OpenSSL alone: net watches clients by it, io the servers that scripts
** ask.
*/

struct ssl_ctx_st;
struct ssl_st;

/* What is told, once for each connection, from inside of its read: nothing of
   it may be freed there. */
struct records_events {
  void (*excess)(struct ssl_st *connection);
};

/* Watches every connection of a context. The events stay the caller's, and live
   as long as they do. */
void records_watch(struct ssl_ctx_st *context,
                   const struct records_events *events);

/* Data has come out of a connection: the count begins anew. Returns how far it
   had come. */
unsigned records_brought_data(struct ssl_st *connection);

#endif

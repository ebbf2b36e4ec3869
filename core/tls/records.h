#ifndef BASE_RECORDS_H
#define BASE_RECORDS_H

/*
** Limits what a peer can make OpenSSL do without sending data: key updates,
** requests for renegotiation that are refused, tickets, alerts, handshakes in
** pieces of one byte. OpenSSL handles them one after the other inside one
** read, as long as they come faster than it handles them. They are counted
** here. Past a number that no honest peer comes near, nothing more is read:
** the read fails as if the peer had ended.
**
** Knows only OpenSSL. Net uses it for clients, io for the servers that scripts
** ask.
*/

struct ssl_ctx_st;
struct ssl_st;

/* Called at most once for each connection, from inside its read. The callback
   may free nothing of the connection. */
struct records_events {
  void (*excess)(struct ssl_st *connection);
};

/* Watches every connection of a context. The events stay the caller's and must
   outlive it. */
void records_watch(struct ssl_ctx_st *context,
                   const struct records_events *events);

/* To be called when a connection has delivered data: the count begins anew.
   Returns what had been counted. */
unsigned records_brought_data(struct ssl_st *connection);

#endif

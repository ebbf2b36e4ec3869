#ifndef BASE_NET_HTTP_HTTP_H
#define BASE_NET_HTTP_HTTP_H

/*
** HTTP/1.1 on one socket, up to an upgrade: heads, bodies, answers, keep-alive.
** One request at a time: while it is being answered the socket is paused, and
** what was read behind it waits here: no more than one read has brought.
*/
#include <stdbool.h>
#include <stddef.h>

struct exchange;
struct http;
struct protocol;
struct socket;

extern const struct protocol http_protocol;

/* NULL when memory ran out. Sets socket->outbox, and its deadline to
   limits.handshake_time, which a head may take, and each 16 KB of a body; for
   the first byte of a further request there is http_keep_alive. */
struct http *http_new(struct socket *socket);

/* Frees it, the exchange that is under way, and the outbox. */
void http_free(struct http *http);

/* Takes bytes that were read and returns how many were used: all of them,
   unless the last used one ended an upgrade: http is freed then, and the rest
   are frames. */
size_t http_received(struct http *http, char *bytes, size_t size);

/* The deadline has passed: answers with 408 a request that has begun and is not
   whole, and lets who takes an answer fast enough go on. False when the socket
   is to be ended. */
bool http_timed_out(struct http *http);

/* Output waits for the peer to take some, or does so no more. An answer has to
   be taken as fast as a body has to come: 16 KB in each limits.handshake_time,
   on the whole. */
void http_waits(struct http *http);
void http_goes_on(struct http *http);

/* The peer does not take its answer: says so in the log, and the socket is to
   be ended now. */
void http_give_up(struct http *http);

/* All that was in the outbox is written: goes on with the file that is being
   sent, or with the next request. */
void http_drained(struct http *http);

/* A script has answered: puts the answer into the outbox, or, with status 0,
   serves the public folder. */
void http_answer(struct http *http, struct exchange *exchange);

#endif

#ifndef BASE_NET_HTTP_HTTP_H
#define BASE_NET_HTTP_HTTP_H

/*
** HTTP/1.1 on one socket, up to an upgrade: heads, bodies, answers,
** keep-alive. It handles one request at a time. While a request is being
** answered the socket is paused; the rest of the same read waits here.
*/
#include <stdbool.h>
#include <stddef.h>

struct exchange;
struct http;
struct protocol;
struct socket;

extern const struct protocol http_protocol;

/* NULL when memory ran out. Sets socket->outbox and the deadline. A head, and
   each 16 KB of a body, may take limits.handshake_time. The first byte of a
   further request may take http_keep_alive. */
struct http *http_new(struct socket *socket);

/* Frees it, its present exchange, and the outbox. */
void http_free(struct http *http);

/* Takes bytes that were read. Returns how many were used: all, except after an
   upgrade. Then http is freed, and the rest are frames. */
size_t http_received(struct http *http, char *bytes, size_t size);

/* The deadline has passed. An unfinished request is answered with 408. A client
   that takes its answer fast enough gets more time. False when the socket has
   to be killed. */
bool http_timed_out(struct http *http);

/* Output begins to wait for the peer, or waits no more. The peer must take an
   answer as fast as it must send a body: 16 KB in each limits.handshake_time on
   average. */
void http_waits(struct http *http);
void http_goes_on(struct http *http);

/* The peer does not take its answer: logs that. The caller then kills the
   socket. */
void http_give_up(struct http *http);

/* The outbox is empty: continues with the file that is being sent, or with the
   next request. */
void http_drained(struct http *http);

/* A script has answered: queues the answer. With status 0, serves the public
   folder. */
void http_answer(struct http *http, struct exchange *exchange);

#endif

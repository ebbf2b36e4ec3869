#ifndef BASE_NET_HTTP_INTERNAL_H
#define BASE_NET_HTTP_INTERNAL_H

/*
** Shared by http.c (the whole way of a socket through HTTP), request.c (one
** request), reply.c and reader.c (its answer). Only they include this.
*/
#include "lib/address.h"
#include "lib/buffer.h"
#include "model/limit_hits.h"
#include "model/outbox.h"
#include "net/http/body.h"
#include "net/http/files.h"
#include "net/http/http.h"
#include "net/http/pace.h"
#include "net/socket/http_answer.h"

#include <stdbool.h>
#include <stdint.h>

struct exchange;
struct limits;

enum http_phase {
  PHASE_HEAD,  /* waits for a head, or collects one */
  PHASE_BODY,  /* the body is coming */
  PHASE_ANSWER /* the request is whole, and the socket is paused */
};

struct http {
  struct socket *socket;
  struct outbox outbox;
  enum http_phase phase;
  struct buffer input;   /* an unfinished head */
  size_t scanned;        /* bytes of `input` that were scanned */
  struct buffer waiting; /* read after a request: at most the rest of one read,
                            because the socket is paused then */
  size_t waiting_from;   /* how much of `waiting` was taken */
  size_t timed_from;     /* the body's size when the deadline was last set */
  struct http_body body;
  struct exchange *exchange; /* owned: the request */
  bool is_head;              /* the method is HEAD: the answer has no body */
  bool is_replied;           /* the head of the answer is in the outbox */
  bool is_persistent;        /* another request may follow */
  struct http_file file;     /* being sent, while its descriptor is open */
  uint64_t left;             /* bytes of `file` that are still to be read */
  uint64_t kept;             /* bytes of `body` and `waiting` that net has
                                counted */
  struct pace pace;          /* how fast the peer takes answers */
};

/* Whether the peer takes its answer fast enough; asked when the deadline has
   passed. If so, sets the next deadline; if not, calls http_give_up. */
bool http_reads_well(struct http *http);

/* The client's address. Before the head has come it is the peer's, which may be
   a proxy's. */
struct text http_address(const struct http *http, char room[ADDRESS_TEXT_SIZE]);

const struct limits *http_limits(const struct http *http);

/* To be called when the body or `waiting` has changed. False when too much is
   kept; what requests of the API with a valid key keep does not count. */
bool http_count_kept(struct http *http);

/* Counts a hit of a limit, and logs it if it is the first of its cause. */
void http_count_limit(const struct http *http, enum limit_hit_cause cause,
                      const char *limit);

/* Takes bytes of a head. A head that lies in the read buffer is parsed there;
   one that comes in pieces is collected. Returns how many bytes were used.
   After an upgrade http is gone. */
size_t http_read_head(struct http *http, const char *bytes, size_t size);

/* Takes bytes of a body. Returns how many were used. */
size_t http_read_body(struct http *http, const char *bytes, size_t size);

/* As http_refuse, with a status and a reason. */
void http_refuse_for(struct http *http, int status, const char *why);

/* Answers with an error and its reason, and ends the socket after that. */
void http_refuse(struct http *http, const struct http_error *error);

/* Answers from the public folder, or with 404. */
void http_serve_public(struct http *http);

/* Queues the next piece of the file; closes the file after the last. */
void http_send_piece(struct http *http);

/* Closes the file that is being sent. */
void http_close_file(struct http *http);

#endif

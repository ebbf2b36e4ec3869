#ifndef BASE_NET_HTTP_INTERNAL_H
#define BASE_NET_HTTP_INTERNAL_H

/*
** What http.c (a socket's way through HTTP), request.c (one request), reply.c
** and reader.c (the answer to it) share. Only they include this.
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
  PHASE_HEAD,  /* a head is awaited, or being collected */
  PHASE_BODY,  /* the body comes */
  PHASE_ANSWER /* the request is whole, and the socket is paused */
};

struct http {
  struct socket *socket;
  struct outbox outbox;
  enum http_phase phase;
  struct buffer input;   /* an unfinished head */
  size_t scanned;        /* how much of it */
  struct buffer waiting; /* what was read behind a request: the rest of one
                            read, as the socket is paused then */
  size_t waiting_from;   /* how much of that was taken already */
  size_t timed_from;     /* the body's size when its deadline last began */
  struct http_body body;
  struct exchange *exchange; /* owned: the request */
  bool is_head;              /* it is a HEAD: no answer has a body */
  bool is_replied;           /* the answer's head is in the outbox */
  bool is_persistent;        /* another request may follow */
  struct http_file file;     /* is being sent, while its descriptor is open */
  uint64_t left;             /* bytes of it that are still to be read */
  uint64_t kept;             /* bytes of body and waiting, as net knows */
  struct pace pace;          /* at which answers are taken */
};

/* Whether the peer takes its answer fast enough: asked when its time is up,
   which then goes on, or else http_give_up has been called. */
bool http_reads_well(struct http *http);

/* Of the client, as far as it is known: whom a proxy brings is from the head
   on. */
struct text http_address(const struct http *http, char room[ADDRESS_TEXT_SIZE]);

const struct limits *http_limits(const struct http *http);

/* To be called when the body or what waits has changed. False when it is too
   much; what the application makes us keep is not looked at. */
bool http_count_kept(struct http *http);

/* Counts what a limit has refused. The first of a cause is told in the log. */
void http_count_limit(const struct http *http, enum limit_hit_cause cause,
                      const char *limit);

/* Takes bytes of a head. One that lies in the read buffer is parsed there; one
   that comes in pieces is collected. Returns how many bytes were used. Behind
   an upgrade http is gone. */
size_t http_read_head(struct http *http, const char *bytes, size_t size);

/* Takes bytes of a body, and returns how many were used. */
size_t http_read_body(struct http *http, const char *bytes, size_t size);

/* The same as http_refuse, of a status and its reason. */
void http_refuse_for(struct http *http, int status, const char *why);

/* Answers with an error in words, and ends the socket after that. */
void http_refuse(struct http *http, const struct http_error *error);

/* Answers from the public folder, or with 404. */
void http_serve_public(struct http *http);

/* Puts the file's next piece into the outbox; closes it behind the last. */
void http_send_piece(struct http *http);

/* Nothing of a file is sent any more. */
void http_close_file(struct http *http);

#endif

#ifndef BASE_NET_HTTP_BODY_H
#define BASE_NET_HTTP_BODY_H

/*
** The body of one request: where it ends (RFC 9112 section 6) and what it
** contains. It has the length that the head says, or comes in chunks. The
** chunks' extensions and the trailers are checked and dropped.
*/
#include "net/socket/http_answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct head;
struct limits;

enum { BODY_NAME_MAX = 17 /* as long as "Transfer-Encoding" */ };

/* What the next byte belongs to. */
enum http_body_part {
  BODY_CONTENT, /* its length is in the head */
  CHUNK_SIZE_BEGIN,
  CHUNK_SIZE,
  CHUNK_EXTENSION_BEGIN,
  CHUNK_EXTENSION,
  CHUNK_VALUE_BEGIN, /* of an extension */
  CHUNK_VALUE,
  CHUNK_QUOTED_VALUE,
  CHUNK_VALUE_END,
  CHUNK_SIZE_LF,
  CHUNK_CONTENT,
  CHUNK_CONTENT_CR,
  CHUNK_CONTENT_LF,
  TRAILER_BEGIN, /* or the empty line that ends the body */
  TRAILER_NAME,
  TRAILER_VALUE,
  TRAILER_LF,
  TRAILER_END_LF
};

struct http_body {
  enum http_body_part part;
  uint64_t left;           /* bytes that are missing of the content, or of this
                              chunk */
  uint64_t room;           /* bytes of content that chunks may still bring */
  uint64_t framing;        /* bytes that may still come around the chunks'
                              content */
  size_t name_size;        /* size of this trailer's name; `name` has its first
                              bytes */
  bool is_whole;           /* read-only: the whole body has come */
  struct http_error error; /* read-only */
  char name[BODY_NAME_MAX + 1];
};

/* Begins the body of a request whose head http_head_check accepted. A request
   without a body is whole at once. False when it is too large: body->error says
   why. */
bool http_body_start(struct http_body *body, const struct head *head,
                     const struct limits *limits);

/* Takes bytes and appends the content among them to `content`. Returns how many
   were used: all, unless the body ends before. 0 when they are refused:
   body->error says why. */
size_t http_body_take(struct http_body *body, struct buffer *content,
                      const char *bytes, size_t size);

#endif

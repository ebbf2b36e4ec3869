#ifndef BASE_NET_HTTP_BODY_H
#define BASE_NET_HTTP_BODY_H

/*
** The body of one request: where it ends (RFC 9112 section 6), and what it
** contains. It has the length that the head says, or comes in chunks; the
** chunks' extensions and the trailers are checked and thrown away.
*/
#include "net/socket/http_answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct head;
struct limits;

enum { BODY_NAME_MAX = 17 /* as long as "Transfer-Encoding" */ };

/* To what the next byte belongs. */
enum http_body_part {
  BODY_CONTENT, /* of the length that the head says */
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
  uint64_t left;           /* bytes of the content, or of this chunk */
  uint64_t room;           /* bytes of content that chunks may still bring */
  uint64_t framing;        /* bytes that may still come around the chunks */
  size_t name_size;        /* of this trailer's name: the first bytes of it */
  bool is_whole;           /* read-only: the body has come to its end */
  struct http_error error; /* read-only */
  char name[BODY_NAME_MAX + 1];
};

/* Begins the body of a request whose head http_head_check let pass; without one
   it is whole at once. False when it is too large: body->error says why. */
bool http_body_start(struct http_body *body, const struct head *head,
                     const struct limits *limits);

/* Takes bytes, adds the content among them to `content`, and returns how many
   were used: all of them, unless the body ended before. 0 when they are
   refused: body->error says why. */
size_t http_body_take(struct http_body *body, struct buffer *content,
                      const char *bytes, size_t size);

#endif

#ifndef BASE_NET_HTTP_PARSER_H
#define BASE_NET_HTTP_PARSER_H

/*
** llhttp over one request: its head, as a second opinion, and then its body,
** of a known length or in chunks. To be included only where libwebsockets is
** not: their headers contradict each other.
*/
#include "lib/buffer.h"
#include "net/socket/http_answer.h"

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct head;
struct limits;

struct http_parser {
  llhttp_t llhttp;
  struct buffer *body; /* the caller's: where the body goes */
  uint64_t body_limit;
  uint64_t framing; /* bytes that may still come around the chunks */
  const char *seen; /* what lies before it is checked, of those just read */
  int last;         /* the byte before it, or AFTER_DATA */
  int part;         /* enum framing_part: to what the next byte belongs */
  bool is_whole;    /* read-only: the request has come to its end */
  bool is_in_body;
  struct http_error error;
};

/* Begins with a head that http_head_check let pass. False when it is refused:
   parser->error says why. */
bool http_parser_start(struct http_parser *parser, const struct head *head,
                       const struct limits *limits);

/* Takes bytes of the body, adding it to `body`, and returns how many were used:
   all of them, unless the request ended before. 0 when it is refused:
   parser->error says why. */
size_t http_parser_take(struct http_parser *parser, struct buffer *body,
                        const char *bytes, size_t size);

#endif

#ifndef BASE_NET_SOCKET_HTTP_ANSWER_H
#define BASE_NET_SOCKET_HTTP_ANSWER_H

/*
** The head of an HTTP answer: the status line and the fields. Knows no socket,
** and not who answers.
*/
#include "lib/buffer.h"
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct message;

/* Why a request is refused. All zero: it is not refused. */
struct http_error {
  int status;
  const char *why;    /* a sentence without its full stop */
  const char *fields; /* "Name: value\r\n" for each, or NULL */
};

struct http_answer {
  int status;
  uint64_t size;      /* of the body, also when it is not sent (HEAD) */
  struct text fields; /* "Name: value\r\n" for each */
  struct text others; /* more fields; those whose names are in `fields` are left
                         out */
  bool ends;          /* the connection ends after the answer */
  bool is_persistent; /* says keep-alive: an HTTP/1.0 client does not expect
                         it */
  uint64_t keep_alive; /* seconds to wait for the next request; 0: the answer
                          does not say */
};

/* "Not Found"; empty for a status without a name. */
const char *http_status_name(int status);

/* Whether an answer of that status may have a body (RFC 9110 section 6.4.1). */
bool http_status_has_body(int status);

/* Prints the status line, the fields and the empty line. Fields about length,
   connection and date are replaced by the true ones. */
bool http_answer_print(struct buffer *buffer, const struct http_answer *answer);

enum { HTTP_DATE_SIZE = 64 };

/* Prints a time in the form of HTTP: "Sun, 06 Nov 1994 08:49:37 GMT". */
void http_print_date(char date[HTTP_DATE_SIZE], time_t time);

/* A whole answer with an explanation as its body; the connection ends after it.
   NULL when memory ran out. */
struct message *http_answer_error(const struct http_error *error, bool is_head);

#endif

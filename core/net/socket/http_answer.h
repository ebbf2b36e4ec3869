#ifndef BASE_NET_SOCKET_HTTP_ANSWER_H
#define BASE_NET_SOCKET_HTTP_ANSWER_H

/*
** What an HTTP answer begins with: the status line and the fields. Knows no
** socket, and nothing of who answers.
*/
#include "lib/buffer.h"
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct message;

/* Why a request is refused. All zero: it is not. */
struct http_error {
  int status;
  const char *why;    /* a sentence without its full stop */
  const char *fields; /* "Name: value\r\n" for each, or NULL */
};

struct http_answer {
  int status;
  uint64_t size;      /* of the body, even when it is not sent (HEAD) */
  struct text fields; /* "Name: value\r\n" for each */
  struct text others; /* more of them; a name that is in `fields` is left out */
  bool ends;          /* the connection ends behind it */
  bool is_persistent; /* says that it does not: HTTP/1.0 would not expect it */
  uint64_t keep_alive; /* seconds that it then waits for the next request; 0:
                          nothing is said of it */
};

/* "Not Found"; empty for a status without a name of its own. */
const char *http_status_name(int status);

/* Whether an answer of that status may have a body (RFC 9110 section 6.4.1). */
bool http_status_has_body(int status);

/* Prints the status line, the fields and the empty line. What the fields say
   of length, connection and date is replaced by what is true. */
bool http_answer_print(struct buffer *buffer, const struct http_answer *answer);

enum { HTTP_DATE_SIZE = 64 };

/* Prints a time as HTTP has it: "Sun, 06 Nov 1994 08:49:37 GMT". */
void http_print_date(char date[HTTP_DATE_SIZE], time_t time);

/* A whole answer in words, after which the connection ends. NULL when memory
   ran out. */
struct message *http_answer_error(const struct http_error *error, bool is_head);

#endif

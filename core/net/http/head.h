#ifndef BASE_NET_HTTP_HEAD_H
#define BASE_NET_HTTP_HEAD_H

/*
** Checks the head of a request (RFC 9112). What two programs might read in two
** ways is refused. Keeps nothing.
*/
#include <stdbool.h>
#include <stddef.h>

struct head;
struct http_error;

/* Looks for the end of the head that begins at `bytes`. Returns its size with
   the empty line; 0 when more bytes are needed or *error was set. Begin with
   *scanned = 0; the next call continues there. */
size_t http_head_scan(const char *bytes, size_t size, size_t *scanned,
                      struct http_error *error);

/* Checks a whole head that was scanned. When it is refused, sets *error and
   returns false. */
bool http_head_check(const struct head *head, struct http_error *error);

/* Checks the method of a head that passed http_head_check. When it is not
   served (501) or not valid (400), sets *error and returns false. */
bool http_head_check_method(const struct head *head, struct http_error *error);

/* Whether the byte may stand in a field's value. */
bool http_head_is_value_byte(char byte);

/* Whether the client wants to keep the connection after the answer. */
bool http_head_is_persistent(const struct head *head);

#endif
